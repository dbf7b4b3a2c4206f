"""German and French terms of sizes → the English ones that everything after reads: Breite, largeur → width.

Two kinds of words. Those of the first kind are no English, wherever they stand, and tell the language; those of the
second ('large', 'rate', 'bis', 'de') are turned only in a text that holds one of the first of their language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .plain import PlainText

Terms = tuple[tuple[str, str], ...]

_A, _O, _U = "(?:ä|a\u0308|ae)", "(?:ö|o\u0308|oe)", "(?:ü|u\u0308|ue)"
_E, _I = "(?:[éèeê]|e[\u0300\u0301])", "(?:[iîï])"
_SS = "(?:ß|ss)"
_END = r"(?:e[nrsm]?)?"  # of German adjectives
_GERMAN_NOUN = rf"(?:volum|gr{_O}{_SS}e|l{_A}nge|breite|h{_O}he|tiefe|dicke|durchmesser)"
_FIGURE = r"(?=\s?\d)"
# Compounds fall apart: Lebervolumen, Querdurchmesser.
_COMPOUND = re.compile(
    rf"(?<![^\W\d_])(?:leber|milz|nieren|tumor|zysten|organ|gesamt|quer|breiten|l{_A}ngs|h{_O}hen|tiefen|sagittal|maximal|schicht)"
    rf"(?={_GERMAN_NOUN})",
    re.IGNORECASE,
)

_GERMAN: Terms = (
    (rf"gesamt(?=\s{_GERMAN_NOUN})", "organ"), (r"schicht-?\s?dicken?", "slice thickness"),
    (r"(?:quer|breiten)(?=\sdurchmesser)", "transverse"), (rf"(?:l{_A}ngs|h{_O}hen)(?=\sdurchmesser)", "craniocaudal"),
    (r"(?:tiefen|sagittal)(?=\sdurchmesser)", "AP"), (r"maximal(?=\sdurchmesser)", "largest"),
    (r"durchmesser[ns]?", "diameter"), (r"volum(?:en|ina|ens)", "volume"),
    (r"breiten?", "width"), (rf"h{_O}hen?", "height"), (r"tiefen?", "depth"), (rf"l{_A}ngen?", "length"),
    (r"dicken?", "thickness"), (rf"gr{_O}{_SS}en?", "size"), (rf"oberfl{_A}chen?", "surface area"),
    (r"breit(?:e[rsm])?", "wide"), (r"hoch|hohe[rsnm]?", "high"), (r"tief(?:e[rsm])?", "deep"),
    (r"lang(?:e[rsnm]?)?", "long"), (r"dick(?:e[rsm])?", "thick"), (rf"glatt{_END}", "smooth"),
    (rf"unregelm{_A}{_SS}ig{_END}", "irregular"), (rf"l{_A}nglich{_END}", "elongated"), (rf"gro{_SS}{_END}", "large"),
    (rf"(?:stark|deutlich)\svergr{_O}{_SS}ert{_END}", "markedly enlarged"), (rf"vergr{_O}{_SS}ert{_END}", "enlarged"),
    (rf"leicht\svergr{_O}{_SS}ert{_END}", "slightly enlarged"),
    (rf"gr{_O}{_SS}te[rsnm]?|maximale[rsnm]?", "largest"), (r"kleinste[rsnm]?", "smallest"),
    (r"mittlere[rsnm]?", "mean"), (r"[ck]ranio-?[ck]audal\w*", "craniocaudal"), (r"anterior-posterior\w*", "AP"),
    (r"a\.\s?p\.|sagittale[rsnm]?(?=\sdurchm)", "AP"), (r"quere[rsnm]?", "transverse"),
    (r"litern", "litres"), (r"zentimetern?", "centimetres"), (r"millimetern", "millimetres"),
    (r"kubik-?zentimetern?", "cubic centimetres"), (r"millilitern", "millilitres"), (r"prozent", "percent"),
    (rf"etwa|ungef{_A}hr|zirka|rund{_FIGURE}", "about"), (rf"knapp{_FIGURE}", "just under"),
    (r"mindestens", "at least"), (rf"h{_O}chstens|maximal(?=\s\d)", "at most"), (r"zwischen", "between"),
    (r"unbekannt", "unknown"), (r"sondern", "but"), (r"anderthalb|eineinhalb", "one and a half"),
    (r"zweieinhalb", "two and a half"), (r"dreieinhalb", "three and a half"), (r"drei\s?viertel", "three quarters"),
    (r"ein\shalbe[rsn]", "half a"), (r"halbe[rsn](?=\slit)", "half a"), (r"zwei\sdrittel", "two thirds"),
    (r"leber", "liver"), (r"milz", "spleen"), (r"linke[rn]?\snieren?", "left kidney"),
    (r"rechte[rn]?\snieren?", "right kidney"), (r"nieren?", "kidney"), (r"linke[rn]?\svorhofs?", "left atrium"),
    (r"rechte[rn]?\svorhofs?", "right atrium"), (r"magen", "stomach"), (r"gallenblase", "gallbladder"),
    (rf"bauchspeicheldr{_U}se", "pancreas"), (r"zysten?", "cyst"), (rf"l{_A}sion(?:en)?|rundherde?", "lesion"),
    (r"schichten?", "slice"), (r"rippenbogens?", "costal margin"), (r"patientin", "patient"), (r"rechts", "right"),
    (r"links", "left"), (r"zwei|drei|vier|f(?:ü|u\u0308|ue)nf|sechs|sieben|neun|zehn|elf|zw(?:ö|oe)lf", ""),
    (r"lebermetastasen?", "metastasis"), (r"vorher|fr(?:ü|u\u0308|ue)her|zuvor", "previously"), (r"jetzt", "now"),
)  # fmt: skip
_GERMAN_ONLY: Terms = (
    (r"von(?=\s\d[^;\n]{0,20}\s(?:bis|to)\s)", "from"), (r"von|der|des", "of"), (r"bis\szu", "up to"), (r"bis", "to"),
    (r"und", "and"), (r"oder", "or"), (r"mal(?=\s\d)|auf(?=\s\d)", "x"), (rf"betr{_A}gt|misst|ist", "is"),
    (r"mit", "with"), (r"ohne", "without"), (r"nicht", "not"), (rf"{_U}ber(?=\s\d)", "over"),
    (r"unter(?=\s\d)", "under"), (r"gut(?=\s\d)", "a good"), (r"ein(?:e[rnsm]?)?", "a"), (r"statt", "instead of"),
    (rf"rund{_END}", "round"), (rf"klein{_END}", "small"), (r"jahren?", "years"), (r"herde?s?", "lesion"),
    (r"lappens?", "lobe"), (r"herz(?:ens)?", "heart"), (r"lungen?", "lungs"), (r"acht", "eight"),
    (r"normale[rnms]?", "normal"),
)  # fmt: skip
_FRENCH: Terms = (
    (rf"{_E}paisseur\sde\scoupe", "slice thickness"), (r"largeur", "width"), (r"hauteur", "height"),
    (r"profondeur", "depth"), (r"longueur", "length"), (rf"{_E}paisseur", "thickness"), (rf"diam{_E}tre", "diameter"),
    (rf"large{_FIGURE}|large\sde(?=\s\S{{0,9}}\s?\d)", "width of"),
    (r"(?:haut|haute)\sde(?=\s\S{0,9}\s?\d)", "height of"),
    (r"profonde?\sde(?=\s\S{0,9}\s?\d)", "depth of"), (r"(?:long|longue)\sde(?=\s\S{0,9}\s?\d)", "length of"),
    (r"(?<=m\s)de\slarge(?:ur)?", "wide"), (r"(?<=m\s)de\shaut(?:eur)?", "high"),
    (r"(?<=m\s)de\slong(?:ueur)?", "long"), (r"(?<=m\s)de\sprofond(?:eur)?", "deep"),
    (r"profonde?", "deep"), (r"lisses?", "smooth"), (rf"allong{_E}e?", "elongated"), (r"aplatie?", "flattened"),
    (rf"irr{_E}guli(?:er|[èe]re)", "irregular"), (rf"ant{_E}ro-?post{_E}rieure?", "AP"),
    (r"cr[aâ]nio-?caudale?", "craniocaudal"), (rf"centim{_E}tres?", "centimetres"),
    (rf"millim{_E}tres?", "millimetres"),
    (r"pour\scent", "percent"), (r"environ|à\speu\spr[èe]s", "about"), (r"au\smoins", "at least"),
    (r"au\splus|au\smaximum", "at most"), (r"plus\sde", "more than"), (r"moins\sde", "less than"),
    (r"entre", "between"),
    (r"inconnue?", "unknown"), (r"et\sdemie?", "and a half"), (r"(?:un\s)?demi-?\s?litre", "half a litre"),
    (r"trois\squarts?(?:\sd[e'])?", "three quarters of"), (r"un\squart(?:\sd[e'])?", "a quarter of"),
    (r"deux\stiers(?:\sd[e'])?", "two thirds of"), (r"un\stiers(?:\sd[e'])?", "one third of"),
    (r"grand\saxe", "major axis"), (r"petit\saxe", "minor axis"), (r"foie", "liver"),
    (r"reins?\sgauche", "left kidney"), (r"reins?\sdroit", "right kidney"), (r"aorte", "aorta"),
    (r"oreillette\sgauche", "left atrium"), (r"oreillette\sdroite", "right atrium"), (r"estomac", "stomach"),
    (rf"pancr{_E}as", "pancreas"), (rf"v{_E}sicule", "gallbladder"), (r"kystes?", "cyst"), (rf"l{_E}sions?", "lesion"),
    (r"tumeurs?", "tumour"), (r"patiente", "patient"), (r"c(?:oe|œ)ur", "heart"), (r"poumons?", "lungs"),
    (r"deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze", ""),
)  # fmt: skip
_FRENCH_ONLY: Terms = (
    (r"large", "wide"), (r"haute?", "high"), (r"longue", "long"), (r"taille", "size"), (r"rates?", "spleen"),
    (r"reins?", "kidney"), (r"ronde?", "round"), (r"de(?=\s\d[^;\n]{0,20}\s(?:à|to)\s)", "from"), (r"de|du|des", "of"),
    (r"et", "and"), (r"ou", "or"), (r"à(?=\s\d)", "to"), (r"(?:sur|par)(?=\s\d)", "x"), (r"mesure|est", "is"),
    (r"avec", "with"), (r"sans", "without"), (r"une?", "a"), (r"ans", "years"), (r"presque", "nearly"),
    (r"maximale?|plus\sgrand", "largest"), (r"six", "six"), (rf"{_E}paisse?", "thick"),
    (r"normale?s?", "normal"),
)  # fmt: skip
_NUMBERS = {
    "zwei": "two", "drei": "three", "vier": "four", "fünf": "five", "fuenf": "five", "sechs": "six", "sieben": "seven",
    "neun": "nine", "zehn": "ten", "elf": "eleven", "zwölf": "twelve", "zwoelf": "twelve", "deux": "two",
    "trois": "three", "quatre": "four", "cinq": "five", "sept": "seven", "huit": "eight", "neuf": "nine", "dix": "ten",
    "onze": "eleven", "douze": "twelve",
}  # fmt: skip


@dataclass(frozen=True)
class _Language:
    """The terms of one language, compiled: those that tell it, and all of them."""

    telling: re.Pattern[str]
    all: re.Pattern[str]
    english: tuple[str, ...]

    def put(self, match: re.Match[str]) -> str:
        """The English for a match of `all`."""
        word = self.english[(match.lastindex or 1) - 1]
        return word or _NUMBERS.get(match[0].lower(), match[0])


@cache
def _languages() -> tuple[_Language, ...]:
    languages = []
    for first, second in ((_GERMAN, _GERMAN_ONLY), (_FRENCH, _FRENCH_ONLY)):
        terms = (*first, *second)
        every = "|".join(f"({pattern})" for pattern, _ in terms)
        telling = "|".join(pattern for pattern, _ in first)
        edges = [re.compile(rf"(?<![^\W\d_])(?:{one})(?![^\W\d_]|(?<=[\w])\d)", re.I) for one in (telling, every)]
        languages.append(_Language(edges[0], edges[1], tuple(word for _, word in terms)))
    return tuple(languages)


def in_english(plain: PlainText) -> PlainText:
    """The text with the terms of the languages that it holds in English, at the places of the original."""
    plain = plain.replaced(_COMPOUND, lambda m: f"{m[0]} ")
    for language in _languages():
        if language.telling.search(plain.text):
            plain = plain.replaced(language.all, language.put)
    return plain
