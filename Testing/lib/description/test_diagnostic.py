"""Which words judge health, and which only describe shape."""

import pytest

from Sketch2CTLib.description.diagnostic import find_diagnostic
from Sketch2CTLib.description.words import VOCABULARY, geometric_words, sentences

DIAGNOSTIC = """
tumour tumor tumors tumorous lesion lesions cancer cancerous cirrhosis cirrhotic hepatomegaly splenomegaly
cardiomegaly aneurysm aneurysms aneurysmal stenosis stenoses stenotic metastasis metastases metastatic cyst cysts
cystic polycystic fibrosis fibrotic steatosis steatotic fatty pathology pathological pathologic abnormal abnormally
abnormality diseased disease diseases hepatitis carcinoma carcinomas hepatoma adenoma haematoma hematoma lymphoma
thrombus thrombosis embolism infarct infarction ischaemia ischemia ischemic oedema edema inflamed inflammation
infection abscess necrosis calcified calcification dissection rupture ruptured haemorrhage hemorrhage bleeding
malignant malignancy benign neoplasm neoplastic hypertrophy hypertrophic atrophy atrophied hyperplasia dysplastic
dilated dilatation dilation ectatic ectasia enlarged enlargement shrunken swollen distended deformed deformity
malformation congenital anomaly anomalous aberrant chronic clinical diagnosis diagnostic prognosis syndrome symptom
healthy unhealthy normal unremarkable suspicious nodule nodules nodular polyp hernia scar scarring plaque ascites
effusion stent graft transplant surgery surgical resection biopsy postoperative cardiomyopathy nephropathy anaemia
occluded obstruction stricture traumatic injury failure insufficiency varices atherosclerosis sclerotic masses
"""

GEOMETRIC = """
smooth irregular lobulated lobed rough bumpy uneven wavy tortuous winding kinked straight curved bent narrow narrows
narrowing wide widest widened constricted bulging bulge protrusion notch notched tapered tapers perforated fragmented
teardrop asymmetric symmetric elongated flattened ball-like egg-shaped disc-like blade-like rod-like wedge-like tubular
ellipsoidal convex concave crescent branched branches kidney-shaped bean-shaped crease ridge groove hole holes piece
pieces mass bulk extent position disposition distribution silhouette surface circumference calculated precise
polygon encloses composes elastic plastic system systolic consistent fills still illustrated scarcely occupied
pathway path treatise therefore heartlike massive stratified diameter inclined lesser stone-like aroma ellipse
"""


@pytest.mark.parametrize("word", DIAGNOSTIC.split())
def test_a_diagnostic_word_is_found_however_it_is_written(word):
    for written in (word, word.upper(), word.capitalize()):
        assert find_diagnostic(f"The surface is smooth, {written}, and wide.") == (written,)


@pytest.mark.parametrize("word", GEOMETRIC.split())
def test_a_geometric_word_is_let_through(word):
    assert find_diagnostic(f"A {word} shape, {word.capitalize()}.") == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a pre-cancerous rim", ("pre-cancerous",)),
        ("tumour-like bulge", ("tumour-like",)),
        ("normal-sized", ("normal",)),
        ("an ACUTE change", ("ACUTE",)),
        ("an acute angle, acute-angled at the tip", ()),
        ("a surface normal points up", ()),
        ("most of its mass lies at the right", ()),
        ("a mass effect", ("mass effect",)),
        ("no lesion is visible", ("lesion",)),
        ("Cyst, then lesion, then cyst", ("Cyst", "lesion")),
        ("œdema", ("oedema",)),
        ("tu\u00admour and le\u200bsion", ("tumour", "lesion")),
        ("a n\u00e9oplasm", ("neoplasm",)),
        ("the liver's lesion's edge", ("lesion's",)),
        ("", ()),
        ("12.5 mm × 3", ()),
    ],
)
def test_hyphens_phrases_and_disguises(text, found):
    assert find_diagnostic(text) == found


def test_what_the_library_writes_itself_is_never_diagnostic():
    numbers = {"volume_ml": 1500.0, "elongation": 1.7, "flatness": 1.1, "sphericity": 0.6, "components": 2, "holes": 1}
    texts = [value for values in VOCABULARY.values() for value in values]
    texts += sentences("aortic_tree", numbers | {"tortuosity": 1.4, "centreline_length_mm": 300.0})
    texts += geometric_words("liver", numbers).values()
    assert find_diagnostic(". ".join(texts)) == ()


def test_a_long_text_takes_no_time():
    assert find_diagnostic("a" * 200_000 + "-" * 1000 + " smooth" * 20_000) == ()
