"""Words that judge health rather than describe shape, found in a text.

A description is geometric: what a structure looks like, never what that means. What counts as diagnostic:

- names of diseases and findings, and the suffixes that make them (-oma, -itis, -osis, -megaly, -pathy, …);
- verdicts: normal, abnormal, healthy, benign, suspicious, unremarkable;
- comparisons with what an organ should be: enlarged, dilated, shrunken, swollen, hypertrophic, deformed;
- treatment and course: postoperative, stent, chronic.

A denied finding ("no lesion") is found too, since looking for one is already a judgement. So is "nodular", which names
a finding where "bumpy" describes a shape. Judged geometric and let through: lobulated, lobed, irregular, rough, bumpy,
tortuous, kinked, narrow, narrowing, wide, widened, constricted, bulging, protruding, notched, tapered, perforated,
fragmented, ring-like, teardrop, asymmetric; "mass" as in "most of its mass" (but not "masses" or "mass effect");
"acute" beside an angle; "surface normal".
"""

from __future__ import annotations

import re
import unicodedata

# Beginnings of words. American and British spelling both; ligatures are opened before matching.
_STEMS = (
    "tumou?r", "neoplas", "cancer", "carcino", "sarcoma", "metasta", "malignan", "benign", "lesion", "nodul",
    "cyst", "polycyst", "abscess", "polyp", "hernia", "diverticul", "fistul", "adenom", "adenopath",
    "cirrho", "steato", "fibro(?!us)", "fibrous", "scar(?:s|red|ring)?$", "sclero", "atherosclero", "arteriosclero",
    "atherom", "plaque", "calcif", "calculus$", "calculi$", "gallstone", "infarct", "isch(?:a)?em", "necro",
    "thromb", "embol", "occlu", "obstruct", "stenos", "stenot", "strictur", "coarctat", "aneurysm", "pseudoaneurysm",
    "ectasia", "ectatic", "varic(?:es|ose)", "dissection", "rupture", "lacerat", "traum", "injur", "fractur", "contus",
    "ha?emorrhag", "ha?ematom", "bleed", "o?edema", "effusion", "ascit", "congest", "inflam", "infect", "sepsis",
    "diseas", "disorder", "syndrom", "symptom", "patholog", "patho(?:gen|s)", "diagnos", "prognos", "clinical",
    "physiolog", "anomal", "aberran", "abnorm", "normal(?:i[sz]ed?)?$", "normally$", "normality$", "unremarkable",
    "healthy$", "health$", "unhealth", "suspicio", "suspect", "malform", "deform", "congenital", "chronic", "ill$",
    "illness", "sick", "insufficienc", "failure", "regurgit", "hypertens", "hypotens",
    "enlarg", "dilat", "shrunk", "shrink", "swollen", "swelling", "distend", "distension", "distention", "bloat",
    "(?:a|hyper|hypo|dys)troph", "(?:hyper|hypo|dys|ana|meta|a)plas(?:ia|tic)", "prolaps", "growths?$", "masses$",
    "surger", "surgical", "post-?operati", "resect", "stent(?:s|ed|ing)?$", "graft", "transplant", "biops", "therap",
    "treat(?:ed|ment|ments)$", "fatty$", "jaundic", "leuka?em", "lymphom", "melanom", "hepatoma",
)  # fmt: skip
_SUFFIXES = ("omas?", "omata", "itis", "itides", "osis", "oses", "megal(?:y|ic)", "path(?:y|ies|ic)", "ectas(?:is|ia)",
             "a?emia", "algia", "ectomy")  # fmt: skip
# Ordinary words that end like a disease, or begin like one.
_INNOCENT = frozenset((
    "aroma", "chroma", "diploma", "idioma", "stroma", "osmosis", "symbiosis", "hypnosis", "apotheosis", "metamorphosis",
    "encloses", "discloses", "supposes", "purposes", "composes", "imposes", "opposes", "exposes", "disposes",
    "proposes", "transposes", "juxtaposes", "superimposes", "sympathy", "empathy", "empathic", "telepathy", "academia",
))  # fmt: skip
_WORD = re.compile(rf"(?:{'|'.join(_STEMS)})|\w{{3,}}(?:{'|'.join(_SUFFIXES)})$")
# Verdicts of two words, on the text as a whole.
_PHRASES = re.compile(r"\bmass[\s-]+effect|\b(?<!surface\s)(?<!surface-)normals?\b", re.IGNORECASE)
_ACUTE = re.compile(r"\bacute(?:ly)?\b(?![\s-]*(?:angle|angled|edge|corner|bend|tip|triangle))", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+(?:['’‐‑-][^\W\d_]+)*")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae", "‐": "-", "‑": "-", "’": "'"})
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def find_diagnostic(text: str) -> tuple[str, ...]:
    """The diagnostic words in a text, as written, each once, in their order; empty where the text is geometric.

    Case, plural, hyphens, spelling (tumour, tumor; œdema, oedema, edema), accents and invisible characters make no
    difference. English only.
    """
    plain = _plain(text)
    matches = [(match.start(), match.group()) for pattern in (_PHRASES, _ACUTE) for match in pattern.finditer(plain)]
    for match in _TOKEN.finditer(plain):
        if _is_diagnostic(match.group()):
            matches.append((match.start(), match.group()))
    seen: dict[str, str] = {}
    for _, word in sorted(matches):
        seen.setdefault(word.casefold(), word)
    return tuple(seen.values())


def _is_diagnostic(token: str) -> bool:
    """Whether the word, one of its hyphenated parts, or the word without hyphens is diagnostic."""
    lowered = token.casefold().removesuffix("'s")
    if lowered in _INNOCENT:
        return False
    parts = {lowered, *lowered.split("-"), lowered.replace("-", "")} - _INNOCENT - {"normal"}  # normal: see _PHRASES
    return any(_WORD.match(part) for part in parts)


def _plain(text: str) -> str:
    """The text without accents, ligatures and invisible characters."""
    opened = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).translate(_LIGATURES))
    return "".join(letter for letter in opened if not unicodedata.combining(letter))
