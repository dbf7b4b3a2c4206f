<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_US">
 <context>
  <name>Sketch2CT</name>
  <message>
   <source>Sketch2CTLib was not found. Reinstall the extension or correct the module path.</source>
   <translation>Sketch2CTLib wurde nicht gefunden. Die Erweiterung neu installieren oder den Modulpfad berichtigen.</translation>
  </message>
  <message>
   <source>From a sketch and a sentence to a 3D segmentation and a CT volume that fits it. For research, not for diagnosis.</source>
   <translation>Von einer Skizze und einem Satz zu einer 3D-Segmentierung und einem passenden CT-Volumen. Für die Forschung, nicht zur Diagnose.</translation>
  </message>
  <message>
   <source>After the method of Sketch2CT (CVPR 2026, arXiv:2603.22509).</source>
   <translation>Nach dem Verfahren Sketch2CT (CVPR 2026, arXiv:2603.22509).</translation>
  </message>
  <message>
   <source>The Sketch2CT contributors</source>
   <translation>Die Mitwirkenden an Sketch2CT</translation>
  </message>
  <message>
   <source>&amp;Structure:</source>
   <translation>&amp;Struktur:</translation>
  </message>
  <message>
   <source>The organ or vessel that is drawn, described and generated.</source>
   <translation>Das Organ oder Gefäß, das gezeichnet, beschrieben und erzeugt wird.</translation>
  </message>
  <message>
   <source>Add organ</source>
   <translation>Neues Organ</translation>
  </message>
  <message>
   <source>Add an organ to the request: it gets drawings, numbers and words of its own.</source>
   <translation>Fügt dem Auftrag ein Organ hinzu: es bekommt eigene Zeichnungen, Zahlen und Wörter.</translation>
  </message>
  <message>
   <source>What the module last said.</source>
   <translation>Was das Modul zuletzt sagte.</translation>
  </message>
  <message>
   <source>Yes</source>
   <translation>Ja</translation>
  </message>
  <message>
   <source>Go on as the sentence above says.</source>
   <translation>Weiter, wie der Satz darüber sagt.</translation>
  </message>
  <message>
   <source>No</source>
   <translation>Nein</translation>
  </message>
  <message>
   <source>Start nothing; the sketch stays as it is.</source>
   <translation>Nichts beginnen; die Skizze bleibt, wie sie ist.</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Skizze</translation>
  </message>
  <message>
   <source>Geometry</source>
   <translation>Geometrie</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Erzeugen</translation>
  </message>
  <message>
   <source>Results</source>
   <translation>Ergebnisse</translation>
  </message>
  <message>
   <source>Setup</source>
   <translation>Einrichtung</translation>
  </message>
  <message>
   <source>About</source>
   <translation>Über</translation>
  </message>
 </context>
 <context>
  <name>backend.backend</name>
  <message>
   <source>no model yet (import one under Setup)</source>
   <translation>noch kein Modell (eines unter Einrichtung importieren)</translation>
  </message>
  <message>
   <source>The service</source>
   <translation>Der Dienst</translation>
  </message>
  <message>
   <source>{where} answers: Sketch2CT {tool_version}</source>
   <translation>{where} antwortet: Sketch2CT {tool_version}</translation>
  </message>
  <message>
   <source>nothing loaded yet, the device is told at the first run</source>
   <translation>noch nichts geladen, das Gerät zeigt sich beim ersten Lauf</translation>
  </message>
  <message>
   <source>of an unknown version</source>
   <translation>in unbekannter Version</translation>
  </message>
  <message>
   <source>model {names}</source>
   <translation>Modell {names}</translation>
  </message>
  <message>
   <source>{structures} structures</source>
   <translation>{structures} Strukturen</translation>
  </message>
  <message>
   <source>loaded: {names}</source>
   <translation>geladen: {names}</translation>
  </message>
  <message>
   <source>{free_mb:.1f} GB of memory free</source>
   <translation>{free_mb:.1f} GB Arbeitsspeicher frei</translation>
  </message>
 </context>
 <context>
  <name>backend.processes</name>
  <message>
   <source>Click 'Install' under Setup, or choose another Python under Advanced.</source>
   <translation>Unter Einrichtung auf „Installieren“ klicken oder unter Erweitert ein anderes Python wählen.</translation>
  </message>
  <message>
   <source>Choose another one under Advanced, or leave the field empty for Slicer's own.</source>
   <translation>Unter Erweitert ein anderes wählen oder das Feld für Slicers eigenes leer lassen.</translation>
  </message>
  <message>
   <source>The Python that should draw has no package '{package}'.</source>
   <translation>Dem Python, das zeichnen soll, fehlt das Paket „{package}“.</translation>
  </message>
  <message>
   <source>There is no Python at '{chosen}'.</source>
   <translation>Unter „{chosen}“ gibt es kein Python.</translation>
  </message>
 </context>
 <context>
  <name>canvas.decor</name>
  <message>
   <source>, {tilt:.0f}° oblique</source>
   <translation>, {tilt:.0f}° schräg</translation>
  </message>
 </context>
 <context>
  <name>canvas.sheets</name>
  <message>
   <source>{name} contour at {place}</source>
   <translation>{name}: Kontur bei {place}</translation>
  </message>
  <message>
   <source>{name} view</source>
   <translation>{name}: Ansicht</translation>
  </message>
 </context>
 <context>
  <name>generate.form</name>
  <message>
   <source>{use}: about {seconds} s a candidate on a recent processor, three times that on an older one, less on a graphics card. The first run loads some 10 s more.</source>
   <translation>{use}: etwa {seconds} s je Kandidat auf einem neueren Prozessor, dreimal so lange auf einem älteren, weniger auf einer Grafikkarte. Der erste Lauf lädt rund 10 s länger.</translation>
  </message>
  <message>
   <source>Of several organs one shape each is drawn. Take the others out of the list to compare shapes of one.</source>
   <translation>Von mehreren Organen wird je eine Form gezeichnet. Um Formen eines Organs zu vergleichen, die anderen aus der Liste nehmen.</translation>
  </message>
  <message>
   <source>For trying out</source>
   <translation>Zum Ausprobieren</translation>
  </message>
  <message>
   <source>For results</source>
   <translation>Für Ergebnisse</translation>
  </message>
  <message>
   <source>For the last bit of detail</source>
   <translation>Für die letzten Feinheiten</translation>
  </message>
  <message>
   <source>The likeliest shape in the views while you draw and change numbers; coarse, gone at Apply, never saved.</source>
   <translation>Die wahrscheinlichste Form in den Ansichten, während gezeichnet und geändert wird; grob, mit Anwenden verschwunden, nie gespeichert.</translation>
  </message>
  <message>
   <source>The same from the server: sketch and numbers are sent there while you draw, before any click.</source>
   <translation>Dasselbe vom Server: Skizze und Zahlen gehen beim Zeichnen dorthin, vor jedem Klick.</translation>
  </message>
  <message>
   <source>Preview: 8 steps</source>
   <translation>Vorschau: 8 Schritte</translation>
  </message>
  <message>
   <source>Standard: 25 steps</source>
   <translation>Standard: 25 Schritte</translation>
  </message>
  <message>
   <source>Fine: 50 steps</source>
   <translation>Fein: 50 Schritte</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Skizze</translation>
  </message>
  <message>
   <source>How closely the shape follows the drawing</source>
   <translation>Wie genau die Form der Zeichnung folgt</translation>
  </message>
  <message>
   <source>Numbers</source>
   <translation>Zahlen</translation>
  </message>
  <message>
   <source>How closely it meets volume, extents and the other numbers</source>
   <translation>Wie genau sie Volumen, Ausdehnungen und die anderen Zahlen trifft</translation>
  </message>
  <message>
   <source>Words</source>
   <translation>Wörter</translation>
  </message>
  <message>
   <source>How closely it follows words such as smooth or lobulated</source>
   <translation>Wie genau sie Wörtern wie glatt oder gelappt folgt</translation>
  </message>
  <message>
   <source>This computer</source>
   <translation>Dieser Rechner</translation>
  </message>
  <message>
   <source>A server</source>
   <translation>Ein Server</translation>
  </message>
  <message>
   <source>How many shapes to draw and rank, 1 to {most}; the best comes first.</source>
   <translation>Wie viele Formen gezeichnet und geordnet werden, 1 bis {most}; die beste kommt zuerst.</translation>
  </message>
  <message>
   <source>Best available</source>
   <translation>Bestes vorhandene</translation>
  </message>
  <message>
   <source>Graphics card (CUDA)</source>
   <translation>Grafikkarte (CUDA)</translation>
  </message>
  <message>
   <source>Processor</source>
   <translation>Prozessor</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Startwert</translation>
  </message>
  <message>
   <source>The same seed, sketch and numbers give the same result again.</source>
   <translation>Derselbe Startwert ergibt mit derselben Skizze und denselben Zahlen wieder dasselbe Ergebnis.</translation>
  </message>
  <message>
   <source>Choose a Python</source>
   <translation>Ein Python wählen</translation>
  </message>
  <message>
   <source>The server's password. It is kept in memory alone, never in the scene.</source>
   <translation>Das Passwort des Servers. Es bleibt im Arbeitsspeicher, nie in der Szene.</translation>
  </message>
  <message>
   <source>A Python with Sketch2CT's packages in place of Slicer's own: a path. Empty: Slicer's own.</source>
   <translation>Ein Python mit den Paketen von Sketch2CT anstelle von Slicers eigenem: ein Pfad. Leer: Slicers eigenes.</translation>
  </message>
  <message>
   <source>How many steps the drawing takes: more steps, more detail.</source>
   <translation>Wie viele Schritte das Zeichnen braucht: mehr Schritte, mehr Einzelheiten.</translation>
  </message>
  <message>
   <source>Draw a CT volume too</source>
   <translation>Auch ein CT-Volumen</translation>
  </message>
  <message>
   <source>Without it only the mask is drawn, which is faster.</source>
   <translation>Ohne das wird nur die Maske gezeichnet, was schneller geht.</translation>
  </message>
  <message>
   <source>Paint it from a layout</source>
   <translation>Aus einem Layout malen</translation>
  </message>
  <message>
   <source>Draws the organs and tissues around first, and paints a CT with all of them; MR is drawn as usual.</source>
   <translation>Zeichnet erst Organe und Gewebe ringsum und malt ein CT mit allen; MR wird wie sonst gezeichnet.</translation>
  </message>
  <message>
   <source>Whole range of HU</source>
   <translation>Ganzer HU-Bereich</translation>
  </message>
  <message>
   <source>Gives air, lungs, gas and dense bone of a painted CT their usual values beyond −125 to 275 HU.</source>
   <translation>Luft, Lunge, Gas und dichtem Knochen eines gemalten CT ihre üblichen Werte jenseits von −125 bis 275 HU geben.</translation>
  </message>
  <message>
   <source>&amp;Quality:</source>
   <translation>&amp;Qualität:</translation>
  </message>
  <message>
   <source>&amp;Candidates:</source>
   <translation>&amp;Kandidaten:</translation>
  </message>
  <message>
   <source>S&amp;eed:</source>
   <translation>Startw&amp;ert:</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Neu</translation>
  </message>
  <message>
   <source>Another seed, for another shape that fits as well.</source>
   <translation>Ein anderer Startwert, für eine andere Form, die ebenso passt.</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Behalten</translation>
  </message>
  <message>
   <source>Ticked: each run uses this seed. Not ticked: each run takes a new one.</source>
   <translation>Angekreuzt: jeder Lauf nimmt diesen Startwert. Sonst nimmt jeder Lauf einen neuen.</translation>
  </message>
  <message>
   <source>Guidance of my own</source>
   <translation>Eigene Führung</translation>
  </message>
  <message>
   <source>How strongly each input pulls. Not ticked: the model's own, which suits most cases.</source>
   <translation>Wie stark jede Eingabe zieht. Nicht angekreuzt: wie im Modell, was meistens passt.</translation>
  </message>
  <message>
   <source>Whether this computer or a server of your institution draws.</source>
   <translation>Ob dieser Rechner oder ein Server des Hauses zeichnet.</translation>
  </message>
  <message>
   <source>Test connection</source>
   <translation>Verbindung prüfen</translation>
  </message>
  <message>
   <source>Asks who answers there: version, models, device. Nothing of yours is sent.</source>
   <translation>Fragt, wer dort antwortet: Version, Modelle, Gerät. Nichts Eigenes wird gesendet.</translation>
  </message>
  <message>
   <source>&amp;Run on:</source>
   <translation>&amp;Rechner:</translation>
  </message>
  <message>
   <source>What computes; the graphics card where there is a usable one.</source>
   <translation>Was rechnet; die Grafikkarte, wo es eine brauchbare gibt.</translation>
  </message>
  <message>
   <source>De&amp;vice:</source>
   <translation>&amp;Gerät:</translation>
  </message>
  <message>
   <source>Address of a Sketch2CT server. Sketch and numbers are sent there.</source>
   <translation>Adresse eines Sketch2CT-Servers. Skizze und Zahlen werden dorthin gesendet.</translation>
  </message>
  <message>
   <source>where the server asks for one</source>
   <translation>wo der Server eines verlangt</translation>
  </message>
  <message>
   <source>&amp;Address:</source>
   <translation>&amp;Adresse:</translation>
  </message>
  <message>
   <source>&amp;Token:</source>
   <translation>&amp;Token:</translation>
  </message>
  <message>
   <source>Draft while drawing</source>
   <translation>Entwurf beim Zeichnen</translation>
  </message>
  <message>
   <source>Slicer's own</source>
   <translation>Slicers eigenes</translation>
  </message>
  <message>
   <source>Pick the Python that runs the local worker.</source>
   <translation>Das Python wählen, mit dem der lokale Dienst läuft.</translation>
  </message>
  <message>
   <source>&amp;Python:</source>
   <translation>&amp;Python:</translation>
  </message>
  <message>
   <source>{what}: 0 ignores it, 1 is plain, more exaggerates.</source>
   <translation>{what}: 0 übergeht es, 1 ist normal, mehr übertreibt.</translation>
  </message>
 </context>
 <context>
  <name>generate.panel</name>
  <message>
   <source>Draws what the sketch, the numbers and the words ask for.</source>
   <translation>Zeichnet, was Skizze, Zahlen und Wörter verlangen.</translation>
  </message>
  <message>
   <source>Stops the run within three seconds; the sketch and the numbers stay.</source>
   <translation>Hält den Lauf binnen drei Sekunden an; Skizze und Zahlen bleiben.</translation>
  </message>
  <message>
   <source>Apply</source>
   <translation>Anwenden</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Stopping …</source>
   <translation>Wird angehalten …</translation>
  </message>
  <message>
   <source>The share of the run that is done, as far as it can be told.</source>
   <translation>Welcher Teil des Laufs erledigt ist, soweit es sich sagen lässt.</translation>
  </message>
  <message>
   <source>The mask as far as it is drawn, seen as the sketch is; brighter is thicker.</source>
   <translation>Die Maske, soweit sie gezeichnet ist, aus der Richtung der Skizze; heller ist dicker.</translation>
  </message>
  <message>
   <source>less than 1 s</source>
   <translation>weniger als 1 s</translation>
  </message>
  <message>
   <source>Advanced</source>
   <translation>Erweitert</translation>
  </message>
  <message>
   <source>Guidance, and the Python of the local worker.</source>
   <translation>Führung, und das Python des lokalen Dienstes.</translation>
  </message>
  <message>
   <source>Starting …</source>
   <translation>Beginnt …</translation>
  </message>
  <message>
   <source>What the service wrote, line by line.</source>
   <translation>Was der Dienst schrieb, Zeile für Zeile.</translation>
  </message>
  <message>
   <source>✗ Error:</source>
   <translation>✗ Fehler:</translation>
  </message>
  <message>
   <source>ℹ Note:</source>
   <translation>ℹ Hinweis:</translation>
  </message>
  <message>
   <source>What is being done, and how long the rest will take.</source>
   <translation>Was gerade getan wird und wie lange der Rest dauert.</translation>
  </message>
  <message>
   <source>What came of the last click.</source>
   <translation>Was der letzte Klick ergab.</translation>
  </message>
  <message>
   <source>The last {most} lines; can be copied.</source>
   <translation>Die letzten {most} Zeilen; sie lassen sich kopieren.</translation>
  </message>
  <message>
   <source>about {seconds:.0f} s</source>
   <translation>etwa {seconds:.0f} s</translation>
  </message>
  <message>
   <source>about {minutes:.0f} min</source>
   <translation>etwa {minutes:.0f} min</translation>
  </message>
  <message>
   <source>, step {step} of {steps}</source>
   <translation>, Schritt {step} von {steps}</translation>
  </message>
  <message>
   <source>, {duration} left</source>
   <translation>, noch {duration}</translation>
  </message>
  <message>
   <source>Error: {text}</source>
   <translation>Fehler: {text}</translation>
  </message>
 </context>
 <context>
  <name>generate.settings</name>
  <message>
   <source>Choose it in the panel.</source>
   <translation>Im Feld wählen.</translation>
  </message>
  <message>
   <source>The setting '{name}' cannot be {value!r:.60}.</source>
   <translation>Die Einstellung „{name}“ kann nicht {value!r:.60} sein.</translation>
  </message>
 </context>
 <context>
  <name>geometry.llm</name>
  <message>
   <source>&lt;b&gt;Nothing has been sent.&lt;/b&gt; A language model can put the shape into words. Only the text in the box below would be sent; your own text, the drawing and all scans stay here.</source>
   <translation>&lt;b&gt;Noch ist nichts gesendet.&lt;/b&gt; Ein Sprachmodell kann die Form in Worte fassen. Nur der Text im Feld darunter würde gesendet; der eigene Text, die Zeichnung und alle Aufnahmen bleiben hier.</translation>
  </message>
  <message>
   <source>Do not ask again for this server and model</source>
   <translation>Bei diesem Server und Modell nicht mehr fragen</translation>
  </message>
  <message>
   <source>Ticked: the next click on 'Describe with an LLM…' sends at once, until the program is closed.</source>
   <translation>Angekreuzt: der nächste Klick auf „Mit Sprachmodell beschreiben …“ sendet sofort, bis das Programm geschlossen wird.</translation>
  </message>
  <message>
   <source>Address of a server that speaks OpenAI's protocol, up to its version: also one of your own.</source>
   <translation>Adresse eines Servers, der das Protokoll von OpenAI spricht, bis zur Version; auch ein eigener.</translation>
  </message>
  <message>
   <source>Name by which the server knows the model.</source>
   <translation>Name, unter dem der Server das Modell kennt.</translation>
  </message>
  <message>
   <source>What would be sent</source>
   <translation>Was gesendet würde</translation>
  </message>
  <message>
   <source>The very text that would be sent, and nothing else.</source>
   <translation>Genau der Text, der gesendet würde, und nichts sonst.</translation>
  </message>
  <message>
   <source>of your account</source>
   <translation>des eigenen Kontos</translation>
  </message>
  <message>
   <source>Server</source>
   <translation>Server</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modell</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Schlüssel</translation>
  </message>
  <message>
   <source>Send</source>
   <translation>Senden</translation>
  </message>
  <message>
   <source>Send the text in the box to the server above.</source>
   <translation>Den Text im Feld an den Server oben senden.</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Send nothing.</source>
   <translation>Nichts senden.</translation>
  </message>
  <message>
   <source>Goes to {url}/chat/completions</source>
   <translation>Geht an {url}/chat/completions</translation>
  </message>
  <message>
   <source>{url}: it leaves this computer. An answer that cannot be used is sent back once, with the reason.</source>
   <translation>{url}: er verlässt diesen Rechner. Eine unbrauchbare Antwort geht einmal zurück, mit dem Grund.</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Give the call up.</source>
   <translation>Den Aufruf aufgeben.</translation>
  </message>
  <message>
   <source>Your key for that server. It is kept until the program is closed and never saved; by default {variable} of the environment.</source>
   <translation>Der eigene Schlüssel für diesen Server. Er bleibt, bis das Programm geschlossen wird, und wird nie gespeichert; sonst {variable} der Umgebung.</translation>
  </message>
  <message>
   <source>{url}, on this computer.</source>
   <translation>{url}, auf diesem Rechner.</translation>
  </message>
  <message>
   <source>{url}: it leaves this computer UNENCRYPTED, everybody on the way can read it.</source>
   <translation>{url}: er verlässt diesen Rechner UNVERSCHLÜSSELT, unterwegs kann ihn jeder lesen.</translation>
  </message>
  <message>
   <source>Waiting for {model} …</source>
   <translation>Wartet auf {model} …</translation>
  </message>
  <message>
   <source>from {variable}</source>
   <translation>aus {variable}</translation>
  </message>
 </context>
 <context>
  <name>geometry.panel</name>
  <message>
   <source>Describe with an LLM…</source>
   <translation>Mit Sprachmodell beschreiben …</translation>
  </message>
  <message>
   <source>Let a language model put the numbers into words. You see first what would be sent, and to whom.</source>
   <translation>Ein Sprachmodell fasst die Zahlen in Worte. Vorher ist zu sehen, was an wen gesendet würde.</translation>
  </message>
  <message>
   <source>Units of the rows; a text may use any.</source>
   <translation>Einheiten der Zeilen; ein Text darf jede verwenden.</translation>
  </message>
  <message>
   <source>The segment whose numbers are taken.</source>
   <translation>Das Segment, dessen Zahlen genommen werden.</translation>
  </message>
  <message>
   <source>Measure from segment</source>
   <translation>Aus Segment messen</translation>
  </message>
  <message>
   <source>Fill all rows with the numbers of the segment; rows with a value are overwritten.</source>
   <translation>Füllt alle Zeilen mit den Zahlen des Segments; Zeilen mit einem Wert werden überschrieben.</translation>
  </message>
  <message>
   <source>Stop measuring</source>
   <translation>Messen anhalten</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <source>Undo the last change of text or numbers (Ctrl+Z in the text).</source>
   <translation>Die letzte Änderung von Text oder Zahlen zurücknehmen (Strg+Z im Text).</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>Redo what was undone (Ctrl+Shift+Z in the text).</source>
   <translation>Zurückgenommenes wiederholen (Strg+Umschalt+Z im Text).</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>Leeren</translation>
  </message>
  <message>
   <source>Take out the text and all numbers. Undo brings them back.</source>
   <translation>Text und alle Zahlen herausnehmen. Rückgängig bringt sie zurück.</translation>
  </message>
  <message>
   <source>Units</source>
   <translation>Einheiten</translation>
  </message>
  <message>
   <source>Segment</source>
   <translation>Segment</translation>
  </message>
  <message>
   <source>{numbers} numbers were measured from '{title}'.</source>
   <translation>{numbers} Zahlen wurden an „{title}“ gemessen.</translation>
  </message>
  <message>
   <source>Tick a row, or measure a segment.</source>
   <translation>Eine Zeile ankreuzen oder ein Segment messen.</translation>
  </message>
  <message>
   <source>There are no numbers of the {title} to describe yet.</source>
   <translation>Es gibt noch keine Zahlen zu beschreiben ({title}).</translation>
  </message>
 </context>
 <context>
  <name>geometry.phrases</name>
  <message>
   <source>Longest diameter</source>
   <translation>Längster Durchmesser</translation>
  </message>
  <message>
   <source>Shortest diameter</source>
   <translation>Kürzester Durchmesser</translation>
  </message>
  <message>
   <source>Mean cross-section</source>
   <translation>Mittlerer Querschnitt</translation>
  </message>
  <message>
   <source>Largest cross-section</source>
   <translation>Größter Querschnitt</translation>
  </message>
  <message>
   <source>Widest, left to right</source>
   <translation>Breiteste Stelle, links–rechts</translation>
  </message>
  <message>
   <source>Widest, back to front</source>
   <translation>Breiteste Stelle, hinten–vorn</translation>
  </message>
  <message>
   <source>Widest, bottom to top</source>
   <translation>Breiteste Stelle, unten–oben</translation>
  </message>
  <message>
   <source>Mass, left to right</source>
   <translation>Masse, links–rechts</translation>
  </message>
  <message>
   <source>Mass, back to front</source>
   <translation>Masse, hinten–vorn</translation>
  </message>
  <message>
   <source>Mass, bottom to top</source>
   <translation>Masse, unten–oben</translation>
  </message>
  <message>
   <source>Where the largest cross-section lies: 0 is the one end of the extent, 1 the other.</source>
   <translation>Wo der größte Querschnitt liegt: 0 ist das eine Ende der Ausdehnung, 1 das andere.</translation>
  </message>
  <message>
   <source>Where the centre of mass lies: 0 is the one end of the extent, 1 the other.</source>
   <translation>Wo der Schwerpunkt liegt: 0 ist das eine Ende der Ausdehnung, 1 das andere.</translation>
  </message>
  <message>
   <source>The standard deviation of the organ's points along this direction.</source>
   <translation>Die Standardabweichung der Punkte des Organs in dieser Richtung.</translation>
  </message>
  <message>
   <source>How near it is to a ball: a ball has 1, all else less.</source>
   <translation>Wie nahe es einer Kugel kommt: eine Kugel hat 1, alles andere weniger.</translation>
  </message>
  <message>
   <source>Volume squared beside surface cubed: a ball has 1, all else less.</source>
   <translation>Quadrat des Volumens neben der dritten Potenz der Oberfläche: eine Kugel hat 1, alles andere weniger.</translation>
  </message>
  <message>
   <source>Major axis divided by the middle one.</source>
   <translation>Lange Achse geteilt durch die mittlere.</translation>
  </message>
  <message>
   <source>Middle axis divided by the minor one.</source>
   <translation>Mittlere Achse geteilt durch die kurze.</translation>
  </message>
  <message>
   <source>Tunnels and enclosed cavities.</source>
   <translation>Tunnel und eingeschlossene Hohlräume.</translation>
  </message>
  <message>
   <source>Pieces that do not touch.</source>
   <translation>Teile, die einander nicht berühren.</translation>
  </message>
  <message>
   <source>Length of the centreline beside the straight way between its ends.</source>
   <translation>Länge der Mittellinie neben dem geraden Weg zwischen ihren Enden.</translation>
  </message>
  <message>
   <source>Outer bounds along this direction of the patient.</source>
   <translation>Äußere Grenzen in dieser Richtung des Patienten.</translation>
  </message>
  <message>
   <source>Area of the outer surface.</source>
   <translation>Flächeninhalt der äußeren Oberfläche.</translation>
  </message>
 </context>
 <context>
  <name>geometry.range_bar</name>
  <message>
   <source>Seen in {cases} training scans: {span}{unit}, median {middle}{unit}.</source>
   <translation>In {cases} Trainingsaufnahmen: {span}{unit}, Median {middle}{unit}.</translation>
  </message>
  <message>
   <source>always {low}</source>
   <translation>immer {low}</translation>
  </message>
  <message>
   <source>{low} to {high}</source>
   <translation>{low} bis {high}</translation>
  </message>
 </context>
 <context>
  <name>geometry.rows</name>
  <message>
   <source>More numbers</source>
   <translation>Weitere Zahlen</translation>
  </message>
  <message>
   <source>conflict</source>
   <translation>Widerspruch</translation>
  </message>
  <message>
   <source>not given</source>
   <translation>offen</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
  <message>
   <source>usual</source>
   <translation>üblich</translation>
  </message>
  <message>
   <source>below usual</source>
   <translation>unter üblich</translation>
  </message>
  <message>
   <source>above usual</source>
   <translation>über üblich</translation>
  </message>
  <message>
   <source>It cannot be together with another number: see the sentence below.</source>
   <translation>Sie kann nicht zusammen mit einer anderen Zahl bestehen: siehe den Satz darunter.</translation>
  </message>
  <message>
   <source>The drawing, or the model, may choose it. Tick the row to give a value.</source>
   <translation>Die Zeichnung oder das Modell darf sie wählen. Die Zeile ankreuzen, um einen Wert anzugeben.</translation>
  </message>
  <message>
   <source>Said to be unknown: the drawing does not fill it in either.</source>
   <translation>Als unbekannt angegeben: auch die Zeichnung füllt sie nicht aus.</translation>
  </message>
  <message>
   <source>Within what was seen in training.</source>
   <translation>Innerhalb dessen, was im Training vorkam.</translation>
  </message>
  <message>
   <source>Less than was ever seen in training: the result may be worse.</source>
   <translation>Weniger, als im Training je vorkam: das Ergebnis kann schlechter sein.</translation>
  </message>
  <message>
   <source>More than was ever seen in training: the result may be worse.</source>
   <translation>Mehr, als im Training je vorkam: das Ergebnis kann schlechter sein.</translation>
  </message>
  <message>
   <source>Numbers that are seldom known by heart: areas, axes, spreads, places, counts.</source>
   <translation>Zahlen, die selten auswendig bekannt sind: Flächen, Achsen, Streuungen, Orte, Anzahlen.</translation>
  </message>
  <message>
   <source>  – conflict</source>
   <translation>  – Widerspruch</translation>
  </message>
  <message>
   <source>{text} Ticked: its value is known.</source>
   <translation>{text} Angekreuzt: der Wert ist bekannt.</translation>
  </message>
  <message>
   <source>{text} Thick: the middle nine tenths. Line: the median.</source>
   <translation>{text} Dick: die mittleren neun Zehntel. Strich: der Median.</translation>
  </message>
  <message>
   <source> in {label}</source>
   <translation> in {label}</translation>
  </message>
  <message>
   <source>  ({count} given)</source>
   <translation>  ({count} angegeben)</translation>
  </message>
 </context>
 <context>
  <name>geometry.text_editor</name>
  <message>
   <source>For example: about 1.4 litres, 20 cm wide, with a smooth surface</source>
   <translation>Zum Beispiel: etwa 1,4 Liter, 20 cm breit, mit glatter Oberfläche</translation>
  </message>
  <message>
   <source>Say in plain English how large the organ is and how it is shaped. What is understood is underlined and fills the rows below; rows that you change are written here.</source>
   <translation>In Worten sagen, wie groß das Organ ist und wie es geformt ist. Verstandenes wird unterstrichen und füllt die Zeilen darunter; geänderte Zeilen werden hier hineingeschrieben.</translation>
  </message>
  <message>
   <source>Geometry in words and numbers</source>
   <translation>Geometrie in Wörtern und Zahlen</translation>
  </message>
  <message>
   <source> ({count} more such)</source>
   <translation> ({count} weitere)</translation>
  </message>
  <message>
   <source>&lt;b&gt;Understood:&lt;/b&gt; {items}</source>
   <translation>&lt;b&gt;Verstanden:&lt;/b&gt; {items}</translation>
  </message>
  <message>
   <source>&lt;b&gt;Beside the text:&lt;/b&gt; {items}</source>
   <translation>&lt;b&gt;Neben dem Text:&lt;/b&gt; {items}</translation>
  </message>
  <message>
   <source>and {count} more</source>
   <translation>und {count} weitere</translation>
  </message>
 </context>
 <context>
  <name>nodes.reference</name>
  <message>
   <source>The chosen volume is no longer in the scene.</source>
   <translation>Das gewählte Volumen ist nicht mehr in der Szene.</translation>
  </message>
  <message>
   <source>Choose another picture.</source>
   <translation>Ein anderes Bild wählen.</translation>
  </message>
  <message>
   <source>{name}: slice</source>
   <translation>{name}: Schicht</translation>
  </message>
  <message>
   <source>{name}: projection</source>
   <translation>{name}: Projektion</translation>
  </message>
  <message>
   <source>{title}: silhouette</source>
   <translation>{title}: Silhouette</translation>
  </message>
 </context>
 <context>
  <name>results.actions</name>
  <message>
   <source>Several organs are in the list: 'Apply' draws all of them anew. Take the others out to change one.</source>
   <translation>Mehrere Organe stehen in der Liste: „Anwenden“ zeichnet alle neu. Um eines zu ändern, die anderen herausnehmen.</translation>
  </message>
  <message>
   <source>This result holds several organs, and one alone is changed: draw it alone with 'Apply' first.</source>
   <translation>Dieses Ergebnis enthält mehrere Organe, geändert wird eines allein: es erst allein mit „Anwenden“ zeichnen.</translation>
  </message>
  <message>
   <source>Volume and mask as .nrrd files</source>
   <translation>Volumen und Maske als .nrrd-Dateien</translation>
  </message>
  <message>
   <source>Mask as a segmentation that Slicer opens, with names, colours and provenance</source>
   <translation>Maske als Segmentierung, die Slicer öffnet, mit Namen, Farben und Herkunft</translation>
  </message>
  <message>
   <source>Volume and mask as .nii.gz files, for other programs</source>
   <translation>Volumen und Maske als .nii.gz-Dateien, für andere Programme</translation>
  </message>
  <message>
   <source>Volume as a DICOM series with the mask as a segmentation of it, marked synthetic, in a folder</source>
   <translation>Volumen als DICOM-Serie mit der Maske als Segmentierung davon, als synthetisch gekennzeichnet, in einem Ordner</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Bericht</translation>
  </message>
  <message>
   <source>What was asked and measured, with seed, settings and model, as report.json</source>
   <translation>Was verlangt und gemessen wurde, mit Startwert, Einstellungen und Modell, als report.json</translation>
  </message>
  <message>
   <source>Takes the mask as you edited it in the Segment Editor: it stays as it is, what lies around it and its scan are made anew, and it is measured again (Alt+F). A change of sketch or numbers then starts from it.</source>
   <translation>Nimmt die Maske, wie sie im Segment-Editor bearbeitet wurde: sie bleibt, wie sie ist, die Umgebung und die Aufnahme entstehen neu, und sie wird neu gemessen (Alt+F). Eine Änderung von Skizze oder Zahlen geht dann von ihr aus.</translation>
  </message>
  <message>
   <source>How far the new shape may leave the selected one: 0 keeps it, 1 draws it anew.</source>
   <translation>Wie weit sich die neue Form von der gewählten entfernen darf: 0 behält sie, 1 zeichnet neu.</translation>
  </message>
  <message>
   <source>How much is new</source>
   <translation>Wie viel neu ist</translation>
  </message>
  <message>
   <source>Draws the selected candidate again with the sketch and the numbers as they are now. Change the sketch first; the slider says how much of the former shape stays.</source>
   <translation>Zeichnet den gewählten Kandidaten noch einmal mit Skizze und Zahlen, wie sie jetzt sind. Erst die Skizze ändern; der Regler sagt, wie viel von der früheren Form bleibt.</translation>
  </message>
  <message>
   <source>Number of variations</source>
   <translation>Anzahl der Varianten</translation>
  </message>
  <message>
   <source>Draws that many other candidates for the same sketch, numbers and words.</source>
   <translation>Zeichnet so viele weitere Kandidaten zu derselben Skizze, denselben Zahlen und Wörtern.</translation>
  </message>
  <message>
   <source>Segment that gets a volume</source>
   <translation>Segment, das ein Volumen bekommt</translation>
  </message>
  <message>
   <source>Makes a synthetic scan in which the chosen segment is the organ, on its own grid.</source>
   <translation>Erzeugt eine synthetische Aufnahme, in der das gewählte Segment das Organ ist, auf seinem eigenen Gitter.</translation>
  </message>
  <message>
   <source>Writes the selected candidate in the chosen kinds; all files or none.</source>
   <translation>Schreibt den gewählten Kandidaten in den gewählten Formaten; alle Dateien oder keine.</translation>
  </message>
  <message>
   <source>The folder that the files are written to; it is made where it is not there.</source>
   <translation>Der Ordner, in den die Dateien geschrieben werden; er wird angelegt, wo es ihn nicht gibt.</translation>
  </message>
  <message>
   <source>Go on from here</source>
   <translation>Von hier aus weiter</translation>
  </message>
  <message>
   <source>Follow this edit</source>
   <translation>Änderung folgen</translation>
  </message>
  <message>
   <source>The mask stays, its scan and report are made anew.</source>
   <translation>Die Maske bleibt, Aufnahme und Bericht entstehen neu.</translation>
  </message>
  <message>
   <source>After an edit in the Segment Editor:</source>
   <translation>Nach einer Änderung im Segment-Editor:</translation>
  </message>
  <message>
   <source>Re-generate</source>
   <translation>Neu erzeugen</translation>
  </message>
  <message>
   <source>Again with the changed sketch:</source>
   <translation>Noch einmal mit der geänderten Skizze:</translation>
  </message>
  <message>
   <source>Make variations</source>
   <translation>Varianten erzeugen</translation>
  </message>
  <message>
   <source>More like it:</source>
   <translation>Mehr davon:</translation>
  </message>
  <message>
   <source>A segment of the scene, perhaps one that you edited in the Segment Editor.</source>
   <translation>Ein Segment der Szene, vielleicht im Segment-Editor bearbeitet.</translation>
  </message>
  <message>
   <source>Generate volume</source>
   <translation>Volumen erzeugen</translation>
  </message>
  <message>
   <source>Volume from a segment:</source>
   <translation>Volumen aus einem Segment:</translation>
  </message>
  <message>
   <source>Export the selected candidate</source>
   <translation>Den gewählten Kandidaten exportieren</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exportieren</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>Ordner</translation>
  </message>
  <message>
   <source>Pick the folder that the files are written to.</source>
   <translation>Den Ordner wählen, in den die Dateien geschrieben werden.</translation>
  </message>
  <message>
   <source>Export all organs</source>
   <translation>Alle Organe exportieren</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Behalten</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Neu</translation>
  </message>
  <message>
   <source>How many candidates to draw with new seeds, 2 to {most}.</source>
   <translation>Wie viele Kandidaten mit neuen Startwerten gezeichnet werden, 2 bis {most}.</translation>
  </message>
  <message>
   <source>No kind of file is chosen: tick at least one of NRRD, seg.nrrd, NIfTI, DICOM and Report.</source>
   <translation>Kein Format ist gewählt: mindestens eines von NRRD, seg.nrrd, NIfTI, DICOM und Bericht ankreuzen.</translation>
  </message>
  <message>
   <source>candidates, new seeds</source>
   <translation>Kandidaten, neue Startwerte</translation>
  </message>
  <message>
   <source>No folder is chosen: click 'Choose…' and pick one.</source>
   <translation>Kein Ordner ist gewählt: auf „Wählen …“ klicken und einen angeben.</translation>
  </message>
  <message>
   <source>no segment in the scene</source>
   <translation>kein Segment in der Szene</translation>
  </message>
  <message>
   <source>'{folder}' is a file, not a folder: choose a folder.</source>
   <translation>„{folder}“ ist eine Datei, kein Ordner: einen Ordner wählen.</translation>
  </message>
 </context>
 <context>
  <name>results.drawn</name>
  <message>
   <source>Sketch</source>
   <translation>Skizze</translation>
  </message>
  <message>
   <source>Contour</source>
   <translation>Kontur</translation>
  </message>
  <message>
   <source>Contour, {view} at {place}</source>
   <translation>Kontur, {view} bei {place}</translation>
  </message>
  <message>
   <source>Sketch, {view}</source>
   <translation>Skizze, {view}</translation>
  </message>
 </context>
 <context>
  <name>results.gallery</name>
  <message>
   <source>What was made in this scene. Click a picture, or use the arrow keys, to see that result.</source>
   <translation>Was in dieser Szene entstand. Ein Klick auf ein Bild, oder die Pfeiltasten, zeigen das Ergebnis.</translation>
  </message>
  <message>
   <source>Results of this scene</source>
   <translation>Ergebnisse dieser Szene</translation>
  </message>
  <message>
   <source>nothing asked</source>
   <translation>nichts verlangt</translation>
  </message>
  <message>
   <source>{} of {} met</source>
   <translation>{} von {} erfüllt</translation>
  </message>
  <message>
   <source>Result {}: {} of {} targets met.</source>
   <translation>Ergebnis {}: {} von {} Zielen erfüllt.</translation>
  </message>
 </context>
 <context>
  <name>results.layouts</name>
  <message>
   <source>The organs and tissues that the CT was painted from, as a segmentation of its own over the slices.</source>
   <translation>Die Organe und Gewebe, aus denen das CT gemalt wurde, als eigene Segmentierung über den Schichten.</translation>
  </message>
  <message>
   <source>Paints the CT anew from the layout as it stands now; change it in the Segment Editor first.</source>
   <translation>Malt das CT neu aus dem Layout, wie es jetzt ist; es vorher im Segment-Editor ändern.</translation>
  </message>
  <message>
   <source>Show what lies around</source>
   <translation>Zeigen, was ringsum liegt</translation>
  </message>
  <message>
   <source>Paint again from it</source>
   <translation>Daraus neu malen</translation>
  </message>
 </context>
 <context>
  <name>results.panel</name>
  <message>
   <source>For research, not for diagnosis.</source>
   <translation>Für die Forschung, nicht zur Diagnose.</translation>
  </message>
  <message>
   <source>No result yet: draw a sketch or state numbers, then click 'Apply' under Generate.</source>
   <translation>Noch kein Ergebnis: eine Skizze zeichnen oder Zahlen angeben, dann unter Erzeugen auf „Anwenden“ klicken.</translation>
  </message>
  <message>
   <source>Keeps the selected candidate as a segmentation and a volume in the scene, named SYNTHETIC.</source>
   <translation>Behält den gewählten Kandidaten als Segmentierung und Volumen in der Szene, mit dem Namen SYNTHETIC.</translation>
  </message>
  <message>
   <source>Shows a volume that says in how many candidates each voxel lies.</source>
   <translation>Zeigt ein Volumen, das sagt, in wie vielen Kandidaten jedes Voxel liegt.</translation>
  </message>
  <message>
   <source>Adds this contour to the sketch, empty and ready to draw; then generate again.</source>
   <translation>Fügt diese Kontur der Skizze hinzu, leer und bereit zum Zeichnen; danach neu erzeugen.</translation>
  </message>
  <message>
   <source>Accept</source>
   <translation>Übernehmen</translation>
  </message>
  <message>
   <source>Accept all organs</source>
   <translation>Alle Organe übernehmen</translation>
  </message>
  <message>
   <source>Show where the candidates agree</source>
   <translation>Zeigen, wo die Kandidaten übereinstimmen</translation>
  </message>
  <message>
   <source>Draw it</source>
   <translation>Zeichnen</translation>
  </message>
  <message>
   <source>Accept candidate {index}</source>
   <translation>Kandidat {index} übernehmen</translation>
  </message>
  <message>
   <source>The run took {seconds:.1f} s.</source>
   <translation>Der Lauf dauerte {seconds:.1f} s.</translation>
  </message>
 </context>
 <context>
  <name>results.report</name>
  <message>
   <source>mean inside</source>
   <translation>Mittelwert innen</translation>
  </message>
  <message>
   <source>spread inside</source>
   <translation>Streuung innen</translation>
  </message>
  <message>
   <source>border steepness</source>
   <translation>Steilheit der Ränder</translation>
  </message>
  <message>
   <source>border sharpness</source>
   <translation>Schärfe der Ränder</translation>
  </message>
  <message>
   <source>Dice when found again</source>
   <translation>Dice beim Wiederfinden</translation>
  </message>
  <message>
   <source>Overlap of the drawn silhouette and that of the mask; 1 is complete.</source>
   <translation>Überlappung der gezeichneten Silhouette mit der der Maske; 1 ist vollständig.</translation>
  </message>
  <message>
   <source>Overlap of the drawn contour and the cut of the mask; 1 is complete.</source>
   <translation>Überlappung der gezeichneten Kontur mit dem Schnitt der Maske; 1 ist vollständig.</translation>
  </message>
  <message>
   <source>is unknown</source>
   <translation>ist unbekannt</translation>
  </message>
  <message>
   <source>sketch not followed</source>
   <translation>Skizze nicht befolgt</translation>
  </message>
  <message>
   <source>contour not followed</source>
   <translation>Kontur nicht befolgt</translation>
  </message>
  <message>
   <source>may be cut off</source>
   <translation>vielleicht abgeschnitten</translation>
  </message>
  <message>
   <source>near copy of a training case</source>
   <translation>fast ein Trainingsfall</translation>
  </message>
  <message>
   <source>scan looks unreal</source>
   <translation>Aufnahme wirkt unecht</translation>
  </message>
  <message>
   <source>surface unlike real ones</source>
   <translation>Oberfläche nicht wie echt</translation>
  </message>
  <message>
   <source>torn vessel</source>
   <translation>Gefäß zerrissen</translation>
  </message>
  <message>
   <source>unusual request</source>
   <translation>ungewöhnlicher Wunsch</translation>
  </message>
  <message>
   <source>Warning: the organ reaches the border of its cube and may be cut off there.</source>
   <translation>Warnung: das Organ reicht bis zum Rand seines Würfels und ist dort vielleicht abgeschnitten.</translation>
  </message>
  <message>
   <source>All candidates share {common} mL of the {any} mL that any of them fills</source>
   <translation>Alle Kandidaten haben {common} mL gemeinsam, von {any} mL, die irgendeiner füllt</translation>
  </message>
  <message>
   <source>Its report.json could not be read, so that its numbers are unknown.</source>
   <translation>Die report.json war nicht lesbar, die Zahlen sind deshalb unbekannt.</translation>
  </message>
  <message>
   <source>In the training cases of the {whose} it lies between {low} and {high}.</source>
   <translation>In den Trainingsfällen ({whose}) liegt der Wert zwischen {low} und {high}.</translation>
  </message>
  <message>
   <source>structure</source>
   <translation>Struktur</translation>
  </message>
  <message>
   <source>1 number off</source>
   <translation>1 Zahl daneben</translation>
  </message>
  <message>
   <source>Warning: the scan does not look real: {parts}.</source>
   <translation>Warnung: die Aufnahme wirkt nicht echt: {parts}.</translation>
  </message>
  <message>
   <source>{value} instead of {low} to {high}{unit}</source>
   <translation>{value} statt {low} bis {high}{unit}</translation>
  </message>
  <message>
   <source>{value} instead of at least {low}{unit}</source>
   <translation>{value} statt mindestens {low}{unit}</translation>
  </message>
  <message>
   <source>{value} instead of at most {high}{unit}</source>
   <translation>{value} statt höchstens {high}{unit}</translation>
  </message>
  <message>
   <source>{sentence} (mean Dice {dice:.2f}).</source>
   <translation>{sentence} (mittlerer Dice {dice:.2f}).</translation>
  </message>
  <message>
   <source> The outlines lie {apart_mm:.1f} mm apart on average.</source>
   <translation> Die Umrisse liegen im Mittel {apart_mm:.1f} mm auseinander.</translation>
  </message>
  <message>
   <source>{sentence} What was asked lies outside.</source>
   <translation>{sentence} Das Verlangte liegt außerhalb.</translation>
  </message>
  <message>
   <source>{count:.0f} pieces</source>
   <translation>{count:.0f} Teile</translation>
  </message>
  <message>
   <source>Warning: it is nearly a copy of the training case '{case}'.</source>
   <translation>Warnung: das Ergebnis ist fast eine Kopie des Trainingsfalls „{case}“.</translation>
  </message>
  <message>
   <source>Warning: {text}</source>
   <translation>Warnung: {text}</translation>
  </message>
  <message>
   <source>no report</source>
   <translation>kein Bericht</translation>
  </message>
  <message>
   <source>exact</source>
   <translation>genau</translation>
  </message>
  <message>
   <source>{count} numbers off</source>
   <translation>{count} Zahlen daneben</translation>
  </message>
 </context>
 <context>
  <name>results.tables</name>
  <message>
   <source>Rank</source>
   <translation>Rang</translation>
  </message>
  <message>
   <source>The best candidate has rank 1</source>
   <translation>Der beste Kandidat hat Rang 1</translation>
  </message>
  <message>
   <source>Organ</source>
   <translation>Organ</translation>
  </message>
  <message>
   <source>Click an organ to see what was asked of it and measured on it</source>
   <translation>Auf ein Organ klicken, um zu sehen, was verlangt und gemessen wurde</translation>
  </message>
  <message>
   <source>Score</source>
   <translation>Wert</translation>
  </message>
  <message>
   <source>How well it meets the request, 0 to 1; the ranking goes by it</source>
   <translation>Wie gut das Verlangte getroffen ist, 0 bis 1; danach wird geordnet</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Skizze</translation>
  </message>
  <message>
   <source>Overlap (intersection over union) with what was drawn, 0 to 1; of several drawings the worst</source>
   <translation>Überlappung (Schnitt durch Vereinigung) mit dem Gezeichneten, 0 bis 1; bei mehreren Zeichnungen die schlechteste</translation>
  </message>
  <message>
   <source>Volume %</source>
   <translation>Volumen %</translation>
  </message>
  <message>
   <source>Measured volume minus the asked one, in percent of the asked one; – where none was asked</source>
   <translation>Gemessenes Volumen minus verlangtes, in Prozent des verlangten; – wo keines verlangt war</translation>
  </message>
  <message>
   <source>Warnings</source>
   <translation>Warnungen</translation>
  </message>
  <message>
   <source>What calls for a look, in a few words; sentences stand below the table</source>
   <translation>Was einen Blick verdient, in wenigen Wörtern; Sätze stehen unter der Tabelle</translation>
  </message>
  <message>
   <source>Number</source>
   <translation>Zahl</translation>
  </message>
  <message>
   <source>Which number</source>
   <translation>Welche Zahl</translation>
  </message>
  <message>
   <source>Asked</source>
   <translation>Verlangt</translation>
  </message>
  <message>
   <source>What was asked</source>
   <translation>Was verlangt war</translation>
  </message>
  <message>
   <source>Measured</source>
   <translation>Gemessen</translation>
  </message>
  <message>
   <source>What the mask has</source>
   <translation>Was die Maske hat</translation>
  </message>
  <message>
   <source>Error</source>
   <translation>Fehler</translation>
  </message>
  <message>
   <source>Measured minus asked; in percent for volumes, areas and lengths</source>
   <translation>Gemessen minus verlangt; bei Volumen, Flächen und Längen in Prozent</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Ergebnis</translation>
  </message>
  <message>
   <source>met: within the tolerance. off: outside of it. unknown: could not be measured</source>
   <translation>erfüllt: innerhalb der Toleranz. daneben: außerhalb. unbekannt: nicht messbar</translation>
  </message>
  <message>
   <source>The candidates of the last run. Click a row to see that candidate; click a head to sort.</source>
   <translation>Die Kandidaten des letzten Laufs. Ein Klick auf eine Zeile zeigt den Kandidaten, einer auf einen Kopf sortiert.</translation>
  </message>
  <message>
   <source>What was asked beside what was measured on the selected candidate, the farthest off first.</source>
   <translation>Was verlangt war, neben dem, was am gewählten Kandidaten gemessen wurde; das Weiteste zuerst.</translation>
  </message>
  <message>
   <source>Also list what was measured on this candidate without being asked.</source>
   <translation>Auch zeigen, was an diesem Kandidaten gemessen wurde, ohne verlangt zu sein.</translation>
  </message>
  <message>
   <source>Candidates</source>
   <translation>Kandidaten</translation>
  </message>
  <message>
   <source>Asked and measured</source>
   <translation>Verlangt und gemessen</translation>
  </message>
  <message>
   <source>Show numbers that were not asked</source>
   <translation>Auch Zahlen zeigen, die nicht verlangt waren</translation>
  </message>
  <message>
   <source>No number was asked and nothing was drawn: there is nothing to compare.</source>
   <translation>Keine Zahl war verlangt und nichts gezeichnet: es gibt nichts zu vergleichen.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>keine</translation>
  </message>
  <message>
   <source>Nothing calls for a look.</source>
   <translation>Nichts verlangt einen Blick.</translation>
  </message>
  <message>
   <source>{title}: {measured} of {asked} asked, allowed {allowed}. {tip}</source>
   <translation>{title}: {measured} von verlangten {asked}, erlaubt {allowed}. {tip}</translation>
  </message>
 </context>
 <context>
  <name>session.controller</name>
  <message>
   <source>The run was stopped because the scene was closed.</source>
   <translation>Der Lauf wurde angehalten, weil die Szene geschlossen wurde.</translation>
  </message>
  <message>
   <source>The run was stopped because packages are being installed.</source>
   <translation>Der Lauf wurde angehalten, weil Pakete installiert werden.</translation>
  </message>
  <message>
   <source>There is no result yet: click Apply first.</source>
   <translation>Es gibt noch kein Ergebnis: erst auf Anwenden klicken.</translation>
  </message>
  <message>
   <source>Asking the service …</source>
   <translation>Der Dienst wird gefragt …</translation>
  </message>
  <message>
   <source>A run goes on already.</source>
   <translation>Ein Lauf ist schon im Gang.</translation>
  </message>
  <message>
   <source>Cancel it first, or wait for its end.</source>
   <translation>Ihn erst abbrechen oder sein Ende abwarten.</translation>
  </message>
  <message>
   <source>Use it for {organ}</source>
   <translation>Für {organ} verwenden</translation>
  </message>
  <message>
   <source>Back to {organ}</source>
   <translation>Zurück zu {organ}</translation>
  </message>
 </context>
 <context>
  <name>session.draft</name>
  <message>
   <source>No draft: {message} {hint}</source>
   <translation>Kein Entwurf: {message} {hint}</translation>
  </message>
 </context>
 <context>
  <name>session.files</name>
  <message>
   <source>Exported {count} files to {folder}.</source>
   <translation>{count} Dateien nach {folder} exportiert.</translation>
  </message>
  <message>
   <source>The segment is empty.</source>
   <translation>Das Segment ist leer.</translation>
  </message>
  <message>
   <source>Exported 1 file to {folder}.</source>
   <translation>1 Datei nach {folder} exportiert.</translation>
  </message>
  <message>
   <source>Choose another, or paint something into it.</source>
   <translation>Ein anderes wählen oder etwas hineinmalen.</translation>
  </message>
  <message>
   <source>Choose another temporary folder in Slicer's settings.</source>
   <translation>In Slicers Einstellungen einen anderen temporären Ordner wählen.</translation>
  </message>
  <message>
   <source>Is the disk full?</source>
   <translation>Ist der Datenträger voll?</translation>
  </message>
  <message>
   <source>'{folder}' cannot be made ({reason}).</source>
   <translation>„{folder}“ lässt sich nicht anlegen ({reason}).</translation>
  </message>
  <message>
   <source>'{place}' cannot be written ({reason}).</source>
   <translation>„{place}“ lässt sich nicht schreiben ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>session.gallery</name>
  <message>
   <source>The files of that result were tidied away: the newest eight are kept.</source>
   <translation>Die Dateien dieses Ergebnisses sind aufgeräumt: die neuesten acht bleiben.</translation>
  </message>
  <message>
   <source>No picture of a result: {message}</source>
   <translation>Kein Bild eines Ergebnisses: {message}</translation>
  </message>
 </context>
 <context>
  <name>session.organs</name>
  <message>
   <source>The {organ} is in the list already: it is shown now.</source>
   <translation>Schon in der Liste und jetzt gezeigt: {organ}.</translation>
  </message>
  <message>
   <source>The {organ} is in the list again: what was removed of it stays away.</source>
   <translation>Wieder in der Liste: {organ}. Was davon entfernt wurde, bleibt weg.</translation>
  </message>
  <message>
   <source>The {organ} was taken out, with its drawings and numbers. 'Bring back' undoes it.</source>
   <translation>Herausgenommen, mit Zeichnungen und Zahlen: {organ}. „Zurückholen“ macht es rückgängig.</translation>
  </message>
  <message>
   <source>Add an organ to the request: it gets drawings, numbers and words of its own; choose its structure here.</source>
   <translation>Fügt ein Organ hinzu: es bekommt eigene Zeichnungen, Zahlen und Wörter; seine Struktur wird hier gewählt.</translation>
  </message>
  <message>
   <source>There is no other organ that one scan of this kind can show.</source>
   <translation>Es gibt kein weiteres Organ, das eine Aufnahme dieser Art zeigen kann.</translation>
  </message>
  <message>
   <source>A request holds at most 16 organs.</source>
   <translation>Ein Auftrag fasst höchstens 16 Organe.</translation>
  </message>
 </context>
 <context>
  <name>session.preview</name>
  <message>
   <source>The preview '{file}' is gone.</source>
   <translation>Die Vorschau „{file}“ ist fort.</translation>
  </message>
  <message>
   <source>The preview '{file}' cannot be read.</source>
   <translation>Die Vorschau „{file}“ ist nicht lesbar.</translation>
  </message>
 </context>
 <context>
  <name>session.request</name>
  <message>
   <source>There is nothing drawn, and numbers and words do not tell the course of a vessel.</source>
   <translation>Nichts ist gezeichnet, und Zahlen und Wörter sagen nicht, wie ein Gefäß verläuft.</translation>
  </message>
  <message>
   <source>Draw the outline on the sketch, or take it from a segment with 'Extract from segment'.</source>
   <translation>Den Umriss in der Skizze zeichnen oder mit „Aus Segment ziehen“ aus einem Segment nehmen.</translation>
  </message>
  <message>
   <source>The files of the former result are gone.</source>
   <translation>Die Dateien des früheren Ergebnisses sind fort.</translation>
  </message>
  <message>
   <source>Generate it anew with Apply.</source>
   <translation>Mit Anwenden neu erzeugen.</translation>
  </message>
  <message>
   <source>The segment could not be kept in a file.</source>
   <translation>Das Segment ließ sich nicht in einer Datei ablegen.</translation>
  </message>
  <message>
   <source>Is the disk full?</source>
   <translation>Ist der Datenträger voll?</translation>
  </message>
  <message>
   <source>The layout could not be kept in a file.</source>
   <translation>Das Layout ließ sich nicht in einer Datei ablegen.</translation>
  </message>
  <message>
   <source>This sketch was begun for the structure '{drawn_title}', and '{chosen_title}' is chosen now. Use it for that?</source>
   <translation>Diese Skizze wurde für „{drawn_title}“ begonnen, gewählt ist jetzt „{chosen_title}“. Dafür verwenden?</translation>
  </message>
  <message>
   <source>Take some out, and ask for them apart.</source>
   <translation>Einige herausnehmen und getrennt verlangen.</translation>
  </message>
  <message>
   <source>Generate on this computer instead.</source>
   <translation>Stattdessen auf diesem Rechner erzeugen.</translation>
  </message>
  <message>
   <source>One scan cannot show all of them: {told}.</source>
   <translation>Eine Aufnahme kann nicht alle zeigen: {told}.</translation>
  </message>
  <message>
   <source>'{name}' has {size:.0f} MB, a server takes at most 32 MB.</source>
   <translation>„{name}“ hat {size:.0f} MB, ein Server nimmt höchstens 32 MB.</translation>
  </message>
 </context>
 <context>
  <name>session.results</name>
  <message>
   <source>The files of the last result are no longer on this computer; its nodes are in the scene as they were saved.</source>
   <translation>Die Dateien des letzten Ergebnisses sind nicht mehr auf diesem Rechner; seine Knoten sind in der Szene, wie sie gespeichert wurden.</translation>
  </message>
  <message>
   <source>You had edited the mask: it is kept as '{name}'.</source>
   <translation>Die Maske war bearbeitet: sie bleibt als „{name}“ erhalten.</translation>
  </message>
  <message>
   <source>The nodes of this candidate were deleted; click the candidate to make them again.</source>
   <translation>Die Knoten dieses Kandidaten wurden gelöscht; ein Klick auf den Kandidaten macht sie neu.</translation>
  </message>
  <message>
   <source>The mask is as it came.</source>
   <translation>Die Maske ist, wie sie kam.</translation>
  </message>
  <message>
   <source>Change it in the Segment Editor first, then click again.</source>
   <translation>Sie erst im Segment-Editor ändern, dann noch einmal klicken.</translation>
  </message>
  <message>
   <source>No layout is shown.</source>
   <translation>Kein Layout wird gezeigt.</translation>
  </message>
  <message>
   <source>In the scene: </source>
   <translation>In der Szene: </translation>
  </message>
  <message>
   <source>Tick 'Show the layout' first.</source>
   <translation>Erst „Zeigen, was ringsum liegt“ ankreuzen.</translation>
  </message>
  <message>
   <source>Exporting to {folder} …</source>
   <translation>Export nach {folder} …</translation>
  </message>
 </context>
 <context>
  <name>session.run</name>
  <message>
   <source>Writing the segment …</source>
   <translation>Das Segment wird geschrieben …</translation>
  </message>
  <message>
   <source>The run was cancelled. The sketch and the numbers are as they were.</source>
   <translation>Der Lauf wurde abgebrochen. Skizze und Zahlen sind wie zuvor.</translation>
  </message>
  <message>
   <source>Loading the networks</source>
   <translation>Netze werden geladen</translation>
  </message>
  <message>
   <source>Drawing the mask</source>
   <translation>Maske wird gezeichnet</translation>
  </message>
  <message>
   <source>Measuring</source>
   <translation>Messen</translation>
  </message>
  <message>
   <source>Drawing what lies around</source>
   <translation>Umgebung wird gezeichnet</translation>
  </message>
  <message>
   <source>Drawing the CT volume</source>
   <translation>CT-Volumen wird gezeichnet</translation>
  </message>
  <message>
   <source>Writing files</source>
   <translation>Dateien werden geschrieben</translation>
  </message>
  <message>
   <source>Stopping …</source>
   <translation>Wird angehalten …</translation>
  </message>
  <message>
   <source>Starting …</source>
   <translation>Beginnt …</translation>
  </message>
  <message>
   <source>Waiting: {ahead} before this one.</source>
   <translation>Wartet: {ahead} davor.</translation>
  </message>
  <message>
   <source>Runs on {device}{reason}.</source>
   <translation>Läuft auf {device}{reason}.</translation>
  </message>
 </context>
 <context>
  <name>session.slices</name>
  <message>
   <source>No slice view is open: choose a layout with slice views first.</source>
   <translation>Keine Schichtansicht ist offen: erst eine Anordnung mit Schichtansichten wählen.</translation>
  </message>
  <message>
   <source>Draw in a slice view with the left button: a contour on the slice that it shows. Esc ends it.</source>
   <translation>In einer Schichtansicht mit der linken Taste zeichnen: eine Kontur auf der gezeigten Schicht. Esc beendet es.</translation>
  </message>
  <message>
   <source>No scan is shown: the slice views are moved to where the sketch lies.</source>
   <translation>Keine Aufnahme wird gezeigt: die Schichtansichten gehen dorthin, wo die Skizze liegt.</translation>
  </message>
  <message>
   <source>No contours in the views: {message}</source>
   <translation>Keine Konturen in den Ansichten: {message}</translation>
  </message>
 </context>
 <context>
  <name>session.window</name>
  <message>
   <source>Sketch2CT needs a few Python packages that are not installed yet: click 'Install' under Setup.</source>
   <translation>Sketch2CT braucht einige Python-Pakete, die noch fehlen: unter Einrichtung auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>For research, not for diagnosis. Every result is synthetic and named so.</source>
   <translation>Für die Forschung, nicht zur Diagnose. Jedes Ergebnis ist synthetisch und so benannt.</translation>
  </message>
  <message>
   <source>&lt;p&gt;&lt;b&gt;Sketch2CT {version}&lt;/b&gt; draws an organ in 3D from a sketch and its geometry in words and numbers, and a CT volume that fits it.&lt;/p&gt;&lt;p&gt;After the method of Sketch2CT (CVPR 2026, &lt;a href="https://arxiv.org/abs/2603.22509"&gt;arXiv:2603.22509&lt;/a&gt;).&lt;/p&gt;&lt;p&gt;{research}&lt;/p&gt;&lt;p&gt;Nothing leaves this computer unless you choose a server or a language model yourself.&lt;/p&gt;</source>
   <translation>&lt;p&gt;&lt;b&gt;Sketch2CT {version}&lt;/b&gt; zeichnet ein Organ in 3D aus einer Skizze und seiner Geometrie in Wörtern und Zahlen, und ein CT-Volumen dazu.&lt;/p&gt;&lt;p&gt;Nach dem Verfahren Sketch2CT (CVPR 2026, &lt;a href="https://arxiv.org/abs/2603.22509"&gt;arXiv:2603.22509&lt;/a&gt;).&lt;/p&gt;&lt;p&gt;{research}&lt;/p&gt;&lt;p&gt;Nichts verlässt diesen Rechner, solange kein Server und kein Sprachmodell gewählt ist.&lt;/p&gt;</translation>
  </message>
  <message>
   <source>Take some out, and ask for them apart.</source>
   <translation>Einige herausnehmen und getrennt verlangen.</translation>
  </message>
  <message>
   <source>No model knows all of them: {titles}.</source>
   <translation>Kein Modell kennt alle: {titles}.</translation>
  </message>
 </context>
 <context>
  <name>setup.card</name>
  <message>
   <source>{model}: no card came with it. Parts: {parts}. Use: {use}.</source>
   <translation>{model}: ohne Modellkarte. Teile: {parts}. Zweck: {use}.</translation>
  </message>
  <message>
   <source>What it was trained on, how well it does, its limits.</source>
   <translation>Womit es trainiert wurde, wie gut es ist, seine Grenzen.</translation>
  </message>
  <message>
   <source>Show the whole card</source>
   <translation>Die ganze Karte zeigen</translation>
  </message>
  <message>
   <source>Model card</source>
   <translation>Modellkarte</translation>
  </message>
  <message>
   <source>draws masks</source>
   <translation>zeichnet Masken</translation>
  </message>
  <message>
   <source>checks volumes: it finds the organ again</source>
   <translation>prüft Volumen: es findet das Organ wieder</translation>
  </message>
  <message>
   <source>The card as a file</source>
   <translation>Die Karte als Datei</translation>
  </message>
  <message>
   <source>What the selected model draws and for what it may be used.</source>
   <translation>Was das gewählte Modell zeichnet und wofür es verwendet werden darf.</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
 </context>
 <context>
  <name>setup.environment</name>
  <message>
   <source>Everything that Sketch2CT needs is installed.</source>
   <translation>Alles, was Sketch2CT braucht, ist installiert.</translation>
  </message>
  <message>
   <source>{count} of {all} packages have to be installed: {names}. Click 'Install'.</source>
   <translation>{count} von {all} Paketen müssen installiert werden: {names}. Auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>The PyTorch extension ended without installing PyTorch.</source>
   <translation>Die PyTorch-Erweiterung endete, ohne PyTorch zu installieren.</translation>
  </message>
  <message>
   <source>PyTorch is missing, and pip is not asked for it.</source>
   <translation>PyTorch fehlt, und pip wird nicht darum gebeten.</translation>
  </message>
  <message>
   <source>Try it there first.</source>
   <translation>Es erst dort versuchen.</translation>
  </message>
  <message>
   <source>Click 'Install' again.</source>
   <translation>Noch einmal auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source> and {count} more</source>
   <translation> und {count} weitere</translation>
  </message>
 </context>
 <context>
  <name>setup.install</name>
  <message>
   <source>It failed for a reason that is not known here: see the log's last lines, then click 'Repair'.</source>
   <translation>Der Grund des Fehlschlags ist hier nicht bekannt: siehe die letzten Zeilen des Protokolls, dann auf „Reparieren“ klicken.</translation>
  </message>
  <message>
   <source>The PyTorch extension is missing: install 'PyTorch' in the Extensions Manager, restart Slicer, then click 'Install' again.</source>
   <translation>Die PyTorch-Erweiterung fehlt: „PyTorch“ im Erweiterungsmanager installieren, Slicer neu starten, dann noch einmal auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>Python packages</source>
   <translation>Python-Pakete</translation>
  </message>
  <message>
   <source>their files anew</source>
   <translation>ihre Dateien neu</translation>
  </message>
  <message>
   <source>The disk is full: free at least 8 GB on the disk of Slicer, then click 'Install' again.</source>
   <translation>Der Datenträger ist voll: mindestens 8 GB auf dem von Slicer freimachen, dann noch einmal auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>Files are in use or may not be written: close other Slicer windows, restart Slicer, then click 'Repair'.</source>
   <translation>Dateien sind in Benutzung oder nicht beschreibbar: andere Slicer-Fenster schließen, Slicer neu starten, dann auf „Reparieren“ klicken.</translation>
  </message>
  <message>
   <source>The proxy refused the download: set HTTPS_PROXY with your name and password, or install offline.</source>
   <translation>Der Proxy lehnte das Herunterladen ab: HTTPS_PROXY mit Name und Passwort setzen oder offline installieren.</translation>
  </message>
  <message>
   <source>The download's certificate was refused: ask your administrator for the right one, or install offline.</source>
   <translation>Das Zertifikat wurde abgelehnt: bei der Verwaltung nach dem richtigen fragen oder offline installieren.</translation>
  </message>
  <message>
   <source>The download broke off: check the network, then click 'Install' again, or install offline.</source>
   <translation>Das Herunterladen brach ab: das Netz prüfen, dann noch einmal auf „Installieren“ klicken, oder offline installieren.</translation>
  </message>
  <message>
   <source>A download was damaged: click 'Install' again.</source>
   <translation>Eine heruntergeladene Datei war beschädigt: noch einmal auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>A package is not to be had for this Python or in this wheelhouse: see the log for its name.</source>
   <translation>Ein Paket gibt es für dieses Python oder in diesem Wheelhouse nicht: seinen Namen sagt das Protokoll.</translation>
  </message>
  <message>
   <source>Another extension holds a package at a version that does not fit: see the log for its name.</source>
   <translation>Eine andere Erweiterung hält ein Paket in einer unpassenden Version: seinen Namen sagt das Protokoll.</translation>
  </message>
  <message>
   <source>A path is too long: install Slicer into a short path such as C:\Slicer.</source>
   <translation>Ein Pfad ist zu lang: Slicer in einen kurzen Pfad wie C:\Slicer installieren.</translation>
  </message>
  <message>
   <source>Memory ran out: close other programs, then click 'Install' again.</source>
   <translation>Der Arbeitsspeicher reichte nicht: andere Programme schließen, dann noch einmal auf „Installieren“ klicken.</translation>
  </message>
  <message>
   <source>Installing {step} failed. {reason}</source>
   <translation>Installieren ({step}) schlug fehl. {reason}</translation>
  </message>
  <message>
   <source>The PyTorch extension downloads and installs PyTorch; Slicer does not answer for some minutes.</source>
   <translation>Die PyTorch-Erweiterung lädt PyTorch herunter und installiert es; Slicer antwortet einige Minuten nicht.</translation>
  </message>
  <message>
   <source>nothing more</source>
   <translation>nichts mehr</translation>
  </message>
  <message>
   <source>Removing the PyTorch that is there …</source>
   <translation>Das vorhandene PyTorch wird entfernt …</translation>
  </message>
  <message>
   <source>An installation was interrupted; still to be installed: {what}.</source>
   <translation>Eine Installation wurde unterbrochen; noch zu installieren: {what}.</translation>
  </message>
  <message>
   <source>Done.</source>
   <translation>Fertig.</translation>
  </message>
  <message>
   <source> and </source>
   <translation> und </translation>
  </message>
  <message>
   <source>Installing {step} …</source>
   <translation>Wird installiert: {step} …</translation>
  </message>
  <message>
   <source>Remove it by hand.</source>
   <translation>Es von Hand entfernen.</translation>
  </message>
  <message>
   <source>pip ended with code {code}.</source>
   <translation>pip endete mit Code {code}.</translation>
  </message>
  <message>
   <source>'{path}' cannot be removed ({reason}).</source>
   <translation>„{path}“ lässt sich nicht entfernen ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>setup.model_store</name>
  <message>
   <source>not told</source>
   <translation>nicht angegeben</translation>
  </message>
  <message>
   <source>Check the folder and free space.</source>
   <translation>Ordner und freien Platz prüfen.</translation>
  </message>
  <message>
   <source>'{path}' cannot be written ({reason}).</source>
   <translation>„{path}“ lässt sich nicht schreiben ({reason}).</translation>
  </message>
  <message>
   <source>Choose the folder that holds model.json.</source>
   <translation>Den Ordner wählen, der model.json enthält.</translation>
  </message>
  <message>
   <source>Only models that you imported can be removed.</source>
   <translation>Nur selbst importierte Modelle lassen sich entfernen.</translation>
  </message>
  <message>
   <source>Rename the folder: letters, digits, '-' and '_', at most 64.</source>
   <translation>Den Ordner umbenennen: Buchstaben, Ziffern, „-“ und „_“, höchstens 64.</translation>
  </message>
  <message>
   <source>Rename the folder, or remove the other model first.</source>
   <translation>Den Ordner umbenennen oder erst das andere Modell entfernen.</translation>
  </message>
  <message>
   <source>Make room on the disk first.</source>
   <translation>Erst Platz auf dem Datenträger schaffen.</translation>
  </message>
  <message>
   <source>The weight file '{file}' is missing.</source>
   <translation>Die Gewichtsdatei „{file}“ fehlt.</translation>
  </message>
  <message>
   <source>Fetch the model again.</source>
   <translation>Das Modell neu beschaffen.</translation>
  </message>
  <message>
   <source>There is no model '{name}'.</source>
   <translation>Es gibt kein Modell „{name}“.</translation>
  </message>
  <message>
   <source>'{source}' is no folder.</source>
   <translation>„{source}“ ist kein Ordner.</translation>
  </message>
  <message>
   <source>'{name}' came with Sketch2CT and stays.</source>
   <translation>„{name}“ kam mit Sketch2CT und bleibt.</translation>
  </message>
  <message>
   <source>Stop the run, then try again.</source>
   <translation>Den Lauf anhalten, dann noch einmal versuchen.</translation>
  </message>
  <message>
   <source>'{name}' cannot be a model's name.</source>
   <translation>„{name}“ kann kein Modellname sein.</translation>
  </message>
  <message>
   <source>There is a model '{name}' already.</source>
   <translation>Ein Modell „{name}“ gibt es schon.</translation>
  </message>
  <message>
   <source>The model needs {need}, but {free} are free.</source>
   <translation>Das Modell braucht {need}, frei sind {free}.</translation>
  </message>
  <message>
   <source>Choose from: {names}.</source>
   <translation>Zur Wahl stehen: {names}.</translation>
  </message>
  <message>
   <source>'{folder}' cannot be removed ({reason}).</source>
   <translation>„{folder}“ lässt sich nicht entfernen ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>setup.models</name>
  <message>
   <source>Import…</source>
   <translation>Importieren …</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>The model's folder</source>
   <translation>Der Ordner des Modells</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>Größe</translation>
  </message>
  <message>
   <source>Of its weights</source>
   <translation>Seiner Gewichte</translation>
  </message>
  <message>
   <source>From</source>
   <translation>Herkunft</translation>
  </message>
  <message>
   <source>shipped: came with Sketch2CT and stays; imported: brought by you</source>
   <translation>mitgeliefert: kam mit Sketch2CT und bleibt; importiert: selbst mitgebracht</translation>
  </message>
  <message>
   <source>Structures</source>
   <translation>Strukturen</translation>
  </message>
  <message>
   <source>What it was trained for</source>
   <translation>Wofür es trainiert wurde</translation>
  </message>
  <message>
   <source>Choose a bundle</source>
   <translation>Ein Bündel wählen</translation>
  </message>
  <message>
   <source>Bundles (*.zip)</source>
   <translation>Bündel (*.zip)</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modelle</translation>
  </message>
  <message>
   <source>The models at hand; select one to read its card.</source>
   <translation>Die vorhandenen Modelle; eines wählen, um seine Karte zu lesen.</translation>
  </message>
  <message>
   <source>Copying and checking …</source>
   <translation>Wird kopiert und geprüft …</translation>
  </message>
  <message>
   <source>shipped</source>
   <translation>mitgeliefert</translation>
  </message>
  <message>
   <source>imported</source>
   <translation>importiert</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Behalten</translation>
  </message>
  <message>
   <source>Stopped: no model was imported.</source>
   <translation>Angehalten: kein Modell wurde importiert.</translation>
  </message>
  <message>
   <source>Copies a model folder (model.json and .safetensors files) after checking every file.</source>
   <translation>Kopiert einen Modellordner (model.json und .safetensors-Dateien), nachdem jede Datei geprüft ist.</translation>
  </message>
  <message>
   <source>Bundle…</source>
   <translation>Bündel …</translation>
  </message>
  <message>
   <source>Unpacks a model from one file (sketch2ct models export) after checking all that is in it.</source>
   <translation>Entpackt ein Modell aus einer Datei (sketch2ct models export), nachdem alles darin geprüft ist.</translation>
  </message>
  <message>
   <source>Check files</source>
   <translation>Dateien prüfen</translation>
  </message>
  <message>
   <source>Compares the SHA-256 of every weight file with the one in model.json.</source>
   <translation>Vergleicht SHA-256 jeder Gewichtsdatei mit dem Wert in model.json.</translation>
  </message>
  <message>
   <source>Removes the selected model; those that came with Sketch2CT stay.</source>
   <translation>Entfernt das gewählte Modell; die mit Sketch2CT gekommenen bleiben.</translation>
  </message>
  <message>
   <source>✗ damaged</source>
   <translation>✗ beschädigt</translation>
  </message>
  <message>
   <source>Remove the model '{name}' and its files from this computer?</source>
   <translation>Das Modell „{name}“ und seine Dateien von diesem Rechner entfernen?</translation>
  </message>
  <message>
   <source>Checking '{name}' …</source>
   <translation>„{name}“ wird geprüft …</translation>
  </message>
  <message>
   <source>Removing '{name}' …</source>
   <translation>„{name}“ wird entfernt …</translation>
  </message>
  <message>
   <source>'{name}' was imported; every file is as its model.json says.</source>
   <translation>„{name}“ wurde importiert; jede Datei ist, wie seine model.json sagt.</translation>
  </message>
  <message>
   <source>'{name}': {count} weight files are whole and unaltered.</source>
   <translation>„{name}“: {count} Gewichtsdateien sind vollständig und unverändert.</translation>
  </message>
  <message>
   <source>'{name}' was removed.</source>
   <translation>„{name}“ wurde entfernt.</translation>
  </message>
 </context>
 <context>
  <name>setup.packages</name>
  <message>
   <source>installed</source>
   <translation>installiert</translation>
  </message>
  <message>
   <source>missing</source>
   <translation>fehlt</translation>
  </message>
  <message>
   <source>wrong version</source>
   <translation>falsche Version</translation>
  </message>
  <message>
   <source>incomplete</source>
   <translation>unvollständig</translation>
  </message>
  <message>
   <source>not installed</source>
   <translation>nicht installiert</translation>
  </message>
  <message>
   <source>{version} is there, {specifier} is needed</source>
   <translation>{version} ist da, {specifier} wird gebraucht</translation>
  </message>
  <message>
   <source>Reinstall Sketch2CT.</source>
   <translation>Sketch2CT neu installieren.</translation>
  </message>
  <message>
   <source>needs {names}</source>
   <translation>braucht {names}</translation>
  </message>
  <message>
   <source>The list of needed packages '{path}' cannot be read ({reason}).</source>
   <translation>Die Liste der nötigen Pakete „{path}“ ist nicht lesbar ({reason}).</translation>
  </message>
  <message>
   <source> and {count} more</source>
   <translation> und {count} weitere</translation>
  </message>
 </context>
 <context>
  <name>setup.panel</name>
  <message>
   <source>Looking at packages, disk, memory and network …</source>
   <translation>Pakete, Datenträger, Arbeitsspeicher und Netz werden angesehen …</translation>
  </message>
  <message>
   <source>Asking the worker; its first start takes some ten seconds …</source>
   <translation>Der Dienst wird gefragt; sein erster Start dauert rund zehn Sekunden …</translation>
  </message>
  <message>
   <source>The device can be tested once the packages are installed.</source>
   <translation>Das Gerät lässt sich prüfen, sobald die Pakete installiert sind.</translation>
  </message>
  <message>
   <source>It cannot start yet:</source>
   <translation>Es kann noch nicht beginnen:</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Schließen</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>Beginnen</translation>
  </message>
  <message>
   <source>All packages are installed again, into Slicer's own Python. This takes some minutes. Start?</source>
   <translation>Alle Pakete werden neu in Slicers eigenes Python installiert. Das dauert einige Minuten. Beginnen?</translation>
  </message>
  <message>
   <source>Installing … see the log.</source>
   <translation>Wird installiert … siehe das Protokoll.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Fortsetzen</translation>
  </message>
  <message>
   <source>Forget it</source>
   <translation>Verwerfen</translation>
  </message>
  <message>
   <source>What the installation wrote.</source>
   <translation>Was die Installation schrieb.</translation>
  </message>
  <message>
   <source>What the installation wrote; can be copied.</source>
   <translation>Was die Installation schrieb; es lässt sich kopieren.</translation>
  </message>
  <message>
   <source>Nothing has to be installed. If something does not work all the same, click 'Repair'.</source>
   <translation>Nichts muss installiert werden. Geht etwas trotzdem nicht, auf „Reparieren“ klicken.</translation>
  </message>
  <message>
   <source>Into Slicer's own Python: {names}. This takes some minutes. Start?</source>
   <translation>In Slicers eigenes Python: {names}. Das dauert einige Minuten. Beginnen?</translation>
  </message>
  <message>
   <source>Install</source>
   <translation>Installieren</translation>
  </message>
  <message>
   <source>Looks at disk, memory and network first, then asks, then installs what is missing.</source>
   <translation>Sieht erst Datenträger, Arbeitsspeicher und Netz an, fragt dann und installiert, was fehlt.</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Reparieren</translation>
  </message>
  <message>
   <source>Installs all packages again, where something is broken; asks first.</source>
   <translation>Installiert alle Pakete neu, wo etwas nicht geht; fragt vorher.</translation>
  </message>
  <message>
   <source>Test device</source>
   <translation>Gerät prüfen</translation>
  </message>
  <message>
   <source>Asks the worker which device computes: graphics card or processor.</source>
   <translation>Fragt den Dienst, was rechnet: Grafikkarte oder Prozessor.</translation>
  </message>
  <message>
   <source>Refresh</source>
   <translation>Neu lesen</translation>
  </message>
  <message>
   <source>Looks again at what is installed.</source>
   <translation>Sieht noch einmal an, was installiert ist.</translation>
  </message>
  <message>
   <source> Restart Slicer: {names} was loaded in another version.</source>
   <translation> Slicer neu starten: {names} war in einer anderen Version geladen.</translation>
  </message>
  <message>
   <source>Installed.{again}</source>
   <translation>Installiert.{again}</translation>
  </message>
 </context>
 <context>
  <name>setup.preflight</name>
  <message>
   <source>PyTorch is no longer made for Macs with Intel processors: use a server under Generate instead.</source>
   <translation>PyTorch wird für Macs mit Intel-Prozessor nicht mehr hergestellt: stattdessen unter Erzeugen einen Server verwenden.</translation>
  </message>
  <message>
   <source>The servers that packages are downloaded from can be reached.</source>
   <translation>Die Server, von denen Pakete kommen, sind erreichbar.</translation>
  </message>
  <message>
   <source>Free memory is unknown: about 4 GB are needed.</source>
   <translation>Der freie Arbeitsspeicher ist unbekannt: etwa 4 GB werden gebraucht.</translation>
  </message>
  <message>
   <source>A proxy is set; whether it lets downloads through shows when they start.</source>
   <translation>Ein Proxy ist gesetzt; ob er durchlässt, zeigt sich beim Herunterladen.</translation>
  </message>
  <message>
   <source>An NVIDIA graphics card was found: PyTorch comes as a GPU build, a download of 2 to 3 GB.</source>
   <translation>Eine NVIDIA-Grafikkarte wurde gefunden: PyTorch kommt als GPU-Ausgabe, 2 bis 3 GB zum Herunterladen.</translation>
  </message>
  <message>
   <source>PyTorch {version} is a CPU build, but this computer has an NVIDIA graphics card: click 'Repair' to replace it by a GPU build.</source>
   <translation>PyTorch {version} ist eine CPU-Ausgabe, dieser Rechner hat aber eine NVIDIA-Grafikkarte: „Reparieren“ ersetzt sie durch eine GPU-Ausgabe.</translation>
  </message>
  <message>
   <source>'{folder}' cannot be written: install Slicer into a folder of your own, or ask its administrator.</source>
   <translation>„{folder}“ ist nicht beschreibbar: Slicer in einen eigenen Ordner installieren oder die Verwaltung fragen.</translation>
  </message>
  <message>
   <source>'{folder}' is long or has unusual letters: if it fails, install Slicer into a short path.</source>
   <translation>„{folder}“ ist lang oder hat ungewöhnliche Zeichen: schlägt es fehl, Slicer in einen kurzen Pfad installieren.</translation>
  </message>
  <message>
   <source>{free} of memory are free.</source>
   <translation>{free} Arbeitsspeicher sind frei.</translation>
  </message>
  <message>
   <source>{names} cannot be reached: connect to the internet, set a proxy, or install offline.</source>
   <translation>Nicht erreichbar: {names}. Mit dem Internet verbinden, einen Proxy setzen oder offline installieren.</translation>
  </message>
  <message>
   <source>{gpu} was found: PyTorch computes without CUDA.</source>
   <translation>{gpu} wurde gefunden: PyTorch rechnet ohne CUDA.</translation>
  </message>
  <message>
   <source>The wheelhouse has no wheel of {names}: add it as the help text says.</source>
   <translation>Im Wheelhouse fehlt ein Wheel von {names}: es ergänzen, wie der Hilfetext sagt.</translation>
  </message>
  <message>
   <source>{free} are free on the disk of Slicer, about {need} are needed: make room first.</source>
   <translation>{free} sind auf dem Datenträger von Slicer frei, etwa {need} werden gebraucht: erst Platz schaffen.</translation>
  </message>
  <message>
   <source>{free} of memory are free: close other programs, about 4 GB are needed.</source>
   <translation>{free} Arbeitsspeicher sind frei: andere Programme schließen, etwa 4 GB werden gebraucht.</translation>
  </message>
  <message>
   <source>The wheelhouse holds {count} packages, all that are asked for among them.</source>
   <translation>Das Wheelhouse enthält {count} Pakete, darunter alle verlangten.</translation>
  </message>
  <message>
   <source>Python {python} is too old: use Slicer 5.12 or later.</source>
   <translation>Python {python} ist zu alt: Slicer 5.12 oder neuer verwenden.</translation>
  </message>
  <message>
   <source>Slicer {slicer} is too old: install Slicer 5.12 or later.</source>
   <translation>Slicer {slicer} ist zu alt: Slicer 5.12 oder neuer installieren.</translation>
  </message>
  <message>
   <source>Python {python} is recent enough.</source>
   <translation>Python {python} ist neu genug.</translation>
  </message>
  <message>
   <source>Free disk space is unknown: about {need} are needed.</source>
   <translation>Der freie Platz ist unbekannt: etwa {need} werden gebraucht.</translation>
  </message>
  <message>
   <source>, about {need} are needed</source>
   <translation>, etwa {need} werden gebraucht</translation>
  </message>
  <message>
   <source>The wheelhouse '{folder}' is no folder: choose the one that holds the .whl files.</source>
   <translation>Das Wheelhouse „{folder}“ ist kein Ordner: den wählen, der die .whl-Dateien enthält.</translation>
  </message>
  <message>
   <source>{free} are free on the disk{needed}.</source>
   <translation>{free} sind auf dem Datenträger frei{needed}.</translation>
  </message>
 </context>
 <context>
  <name>setup.views</name>
  <message>
   <source>Without a network: take a computer with the same system and Python version. There run &lt;code&gt;pip download -d wheelhouse torch&lt;/code&gt; with PyTorch's own index for your graphics card, or for none, then &lt;code&gt;pip download -d wheelhouse --find-links wheelhouse -r requirements.txt&lt;/code&gt; with the list in Sketch2CT's Resources folder. Copy the folder here, choose it, click 'Install': pip runs with --no-index --find-links, and opens no connection. Models come as folders, see 'Import…'. Generating itself never needs a network.</source>
   <translation>Ohne Netz: einen Rechner mit demselben System und derselben Python-Version nehmen. Dort &lt;code&gt;pip download -d wheelhouse torch&lt;/code&gt; ausführen, mit PyTorchs eigenem Index für die Grafikkarte oder für keine, dann &lt;code&gt;pip download -d wheelhouse --find-links wheelhouse -r requirements.txt&lt;/code&gt; mit der Liste im Ordner Resources von Sketch2CT. Den Ordner hierher kopieren, wählen, auf „Installieren“ klicken: pip läuft mit --no-index --find-links und öffnet keine Verbindung. Modelle kommen als Ordner, siehe „Importieren …“. Das Erzeugen selbst braucht nie ein Netz.</translation>
  </message>
  <message>
   <source>Package</source>
   <translation>Paket</translation>
  </message>
  <message>
   <source>As the package registry spells it</source>
   <translation>Wie das Paketverzeichnis es schreibt</translation>
  </message>
  <message>
   <source>Installed</source>
   <translation>Installiert</translation>
  </message>
  <message>
   <source>The version that is there</source>
   <translation>Die vorhandene Version</translation>
  </message>
  <message>
   <source>Wanted</source>
   <translation>Verlangt</translation>
  </message>
  <message>
   <source>The versions that fit; any where nothing stands</source>
   <translation>Die passenden Versionen; jede, wo nichts steht</translation>
  </message>
  <message>
   <source>State</source>
   <translation>Zustand</translation>
  </message>
  <message>
   <source>met: fits. off: has to be installed</source>
   <translation>erfüllt: passt. daneben: muss installiert werden</translation>
  </message>
  <message>
   <source>not running inside Slicer</source>
   <translation>nicht innerhalb von Slicer</translation>
  </message>
  <message>
   <source>not installed</source>
   <translation>nicht installiert</translation>
  </message>
  <message>
   <source>The Python packages that Sketch2CT needs, what is missing first.</source>
   <translation>Die Python-Pakete, die Sketch2CT braucht; was fehlt, zuerst.</translation>
  </message>
  <message>
   <source>A folder of .whl files that packages are installed from, without a network.</source>
   <translation>Ein Ordner mit .whl-Dateien, aus dem Pakete ohne Netz installiert werden.</translation>
  </message>
  <message>
   <source>Shows how a wheelhouse is made on a computer with a network.</source>
   <translation>Zeigt, wie ein Wheelhouse auf einem Rechner mit Netz entsteht.</translation>
  </message>
  <message>
   <source>Free disk</source>
   <translation>Freier Platz</translation>
  </message>
  <message>
   <source>Free memory</source>
   <translation>Freier Arbeitsspeicher</translation>
  </message>
  <message>
   <source>Graphics card</source>
   <translation>Grafikkarte</translation>
  </message>
  <message>
   <source>Packages</source>
   <translation>Pakete</translation>
  </message>
  <message>
   <source>Offline installation</source>
   <translation>Installation ohne Netz</translation>
  </message>
  <message>
   <source>Wheelhouse folder; empty: download</source>
   <translation>Wheelhouse-Ordner; leer: herunterladen</translation>
  </message>
  <message>
   <source>Pick the wheelhouse folder.</source>
   <translation>Den Wheelhouse-Ordner wählen.</translation>
  </message>
  <message>
   <source>How to make one</source>
   <translation>Wie er entsteht</translation>
  </message>
  <message>
   <source>Go on as the sentence above says.</source>
   <translation>Weiter, wie der Satz darüber sagt.</translation>
  </message>
  <message>
   <source>Nothing is changed.</source>
   <translation>Nichts wird geändert.</translation>
  </message>
  <message>
   <source>none that PyTorch can use was found</source>
   <translation>keine gefunden, die PyTorch nutzen kann</translation>
  </message>
  <message>
   <source>, {free} free</source>
   <translation>, {free} frei</translation>
  </message>
  <message>
   <source>, ready in {seconds:.1f} s</source>
   <translation>, bereit nach {seconds:.1f} s</translation>
  </message>
  <message>
   <source>The worker computes on the processor although an NVIDIA card is there: click 'Repair'.</source>
   <translation>Der Dienst rechnet auf dem Prozessor, obwohl eine NVIDIA-Karte da ist: auf „Reparieren“ klicken.</translation>
  </message>
  <message>
   <source>The worker computes on {named}{more}.</source>
   <translation>Der Dienst rechnet auf {named}{more}.</translation>
  </message>
  <message>
   <source>Slicer brings it.</source>
   <translation>Slicer bringt es mit.</translation>
  </message>
  <message>
   <source>Yes</source>
   <translation>Ja</translation>
  </message>
  <message>
   <source>No</source>
   <translation>Nein</translation>
  </message>
  <message>
   <source>The worker answers{version}.</source>
   <translation>Der Dienst antwortet{version}.</translation>
  </message>
  <message>
   <source>The worker computes on the processor{more}.</source>
   <translation>Der Dienst rechnet auf dem Prozessor{more}.</translation>
  </message>
  <message>
   <source>{name} {version} fits.</source>
   <translation>{name} {version} passt.</translation>
  </message>
 </context>
 <context>
  <name>sketch.cuts</name>
  <message>
   <source>Remove one first.</source>
   <translation>Erst eine entfernen.</translation>
  </message>
  <message>
   <source>A request holds at most {most} contours.</source>
   <translation>Ein Auftrag fasst höchstens {most} Konturen.</translation>
  </message>
 </context>
 <context>
  <name>sketch.drawing_list</name>
  <message>
   <source>{drawing} (empty)</source>
   <translation>{drawing} (leer)</translation>
  </message>
  <message>
   <source>The organ as it is seen from this side: its outline, wherever the paper lies in depth.</source>
   <translation>Das Organ, wie es von dieser Seite aussieht: sein Umriss, wo immer das Blatt in der Tiefe liegt.</translation>
  </message>
  <message>
   <source>The cut through the organ on this slice.</source>
   <translation>Der Schnitt durch das Organ auf dieser Schicht.</translation>
  </message>
  <message>
   <source>The drawings of this request. Click one to draw on it (PgUp and PgDown on the paper); what the others say is shown in green.</source>
   <translation>Die Zeichnungen dieses Auftrags. Auf eine klicken, um darauf zu zeichnen (Bild auf und Bild ab auf dem Blatt); was die anderen sagen, erscheint grün.</translation>
  </message>
  <message>
   <source>Drawings</source>
   <translation>Zeichnungen</translation>
  </message>
  <message>
   <source>Draw contours on the slice views</source>
   <translation>Konturen in den Schichtansichten zeichnen</translation>
  </message>
  <message>
   <source>View of the drawing</source>
   <translation>Ansicht der Zeichnung</translation>
  </message>
  <message>
   <source>Position of the slice</source>
   <translation>Lage der Schicht</translation>
  </message>
  <message>
   <source>Where the slice lies, in mm of the patient as Slicer tells them: R, A or S.</source>
   <translation>Wo die Schicht liegt, in mm des Patienten, wie Slicer sie angibt: R, A oder S.</translation>
  </message>
  <message>
   <source>Add view</source>
   <translation>Neue Ansicht</translation>
  </message>
  <message>
   <source>Draw the organ from a further side, at right angles: it decides what the first leaves open. Key: V.</source>
   <translation>Das Organ von einer weiteren Seite zeichnen, im rechten Winkel: sie entscheidet, was die erste offen lässt. Taste: V.</translation>
  </message>
  <message>
   <source>Add contour</source>
   <translation>Neue Kontur</translation>
  </message>
  <message>
   <source>Draw the cut through the organ on a slice; its plane and position are chosen below. Key: C.</source>
   <translation>Den Schnitt durch das Organ auf einer Schicht zeichnen; Ebene und Lage werden unten gewählt. Taste: C.</translation>
  </message>
  <message>
   <source>Draw on slices</source>
   <translation>Auf Schichten zeichnen</translation>
  </message>
  <message>
   <source>Draw contours in the slice views themselves, each on the slice that the view shows (Alt+D): the left button draws there; Ctrl+Z undoes, Esc gives a line up, and once more ends it.</source>
   <translation>Konturen in den Schichtansichten selbst zeichnen, jede auf der gezeigten Schicht (Alt+D): dort zeichnet die linke Taste; Strg+Z nimmt zurück, Esc gibt eine Linie auf und beendet es beim zweiten Mal.</translation>
  </message>
  <message>
   <source>Show contours in the views</source>
   <translation>Konturen in den Ansichten</translation>
  </message>
  <message>
   <source>Show the drawn contours as curves in the slice views, where they lie, and in the 3D view.</source>
   <translation>Die gezeichneten Konturen als Kurven in den Schichtansichten zeigen, wo sie liegen, und in der 3D-Ansicht.</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Entfernen</translation>
  </message>
  <message>
   <source>Take the chosen drawing out of the request. Undo brings it back.</source>
   <translation>Die gewählte Zeichnung aus dem Auftrag nehmen. Rückgängig bringt sie zurück.</translation>
  </message>
  <message>
   <source>The side from which you draw. Lines that are drawn keep their place on the paper.</source>
   <translation>Die Seite, von der gezeichnet wird. Gezeichnete Linien behalten ihren Platz auf dem Blatt.</translation>
  </message>
  <message>
   <source>Slice at</source>
   <translation>Schicht bei</translation>
  </message>
  <message>
   <source>View</source>
   <translation>Ansicht</translation>
  </message>
 </context>
 <context>
  <name>sketch.files</name>
  <message>
   <source>Drawings (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;All files (*)</source>
   <translation>Zeichnungen (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;Alle Dateien (*)</translation>
  </message>
  <message>
   <source>Sketches (*.json)</source>
   <translation>Skizzen (*.json)</translation>
  </message>
  <message>
   <source>The file does not tell how large its sheet is: give its longer edge in mm if this is not the size.</source>
   <translation>Die Datei sagt nicht, wie groß ihr Blatt ist: die längere Kante in mm angeben, wenn es nicht diese Größe ist.</translation>
  </message>
  <message>
   <source>Nothing is drawn here: draw something first, or choose another drawing in the list.</source>
   <translation>Hier ist nichts gezeichnet: erst etwas zeichnen oder eine andere Zeichnung der Liste wählen.</translation>
  </message>
  <message>
   <source>Import a drawing</source>
   <translation>Eine Zeichnung importieren</translation>
  </message>
  <message>
   <source>Save the drawing</source>
   <translation>Die Zeichnung speichern</translation>
  </message>
  <message>
   <source>Saved as '{path}': {title}.</source>
   <translation>Gespeichert als „{path}“: {title}.</translation>
  </message>
  <message>
   <source>This needs the Python package '{name}': click 'Install' under Setup.</source>
   <translation>Dafür fehlt das Python-Paket „{name}“: unter Einrichtung auf „Installieren“ klicken.</translation>
  </message>
 </context>
 <context>
  <name>sketch.organ_list</name>
  <message>
   <source>Drawn: it will lie where its drawings lie.</source>
   <translation>Gezeichnet: es wird liegen, wo seine Zeichnungen liegen.</translation>
  </message>
  <message>
   <source>Not drawn: it will lie where it usually does beside the others.</source>
   <translation>Nicht gezeichnet: es wird liegen, wo es neben den anderen gewöhnlich liegt.</translation>
  </message>
  <message>
   <source>The organs of this request. Click one to draw and describe it; Apply draws them all, and one scan of them.</source>
   <translation>Die Organe dieses Auftrags. Auf eines klicken, um es zu zeichnen und zu beschreiben; Anwenden zeichnet alle und eine Aufnahme von ihnen.</translation>
  </message>
  <message>
   <source>Organs</source>
   <translation>Organe</translation>
  </message>
  <message>
   <source>Remove organ</source>
   <translation>Organ entfernen</translation>
  </message>
  <message>
   <source>Take the chosen organ out of the request, with its drawings and numbers. 'Bring back' undoes it.</source>
   <translation>Das gewählte Organ mit Zeichnungen und Zahlen aus dem Auftrag nehmen. „Zurückholen“ macht es rückgängig.</translation>
  </message>
  <message>
   <source>Bring back</source>
   <translation>Zurückholen</translation>
  </message>
  <message>
   <source>Bring back the organ that was removed last, with its drawings and numbers.</source>
   <translation>Das zuletzt entfernte Organ mit Zeichnungen und Zahlen zurückholen.</translation>
  </message>
  <message>
   <source>Show the others</source>
   <translation>Andere zeigen</translation>
  </message>
  <message>
   <source>Show the drawings of the other organs faintly behind, each in its colour, where they lie.</source>
   <translation>Die Zeichnungen der anderen Organe blass dahinter zeigen, jede in ihrer Farbe, wo sie liegen.</translation>
  </message>
  <message>
   <source>{title}, {count} drawings</source>
   <translation>{title}, {count} Zeichnungen</translation>
  </message>
  <message>
   <source>{title}, not drawn</source>
   <translation>{title}, nicht gezeichnet</translation>
  </message>
  <message>
   <source>{title}, 1 drawing</source>
   <translation>{title}, 1 Zeichnung</translation>
  </message>
 </context>
 <context>
  <name>sketch.panel</name>
  <message>
   <source>The picture behind does not reach the paper: place the paper on a slice view that shows it.</source>
   <translation>Das Bild dahinter reicht nicht bis zum Blatt: das Blatt auf eine Schichtansicht legen, die es zeigt.</translation>
  </message>
  <message>
   <source>There is nothing to take it from: open or make one first.</source>
   <translation>Es gibt nichts, woraus es zu nehmen wäre: erst eines öffnen oder machen.</translation>
  </message>
  <message>
   <source>There is a contour on this slice already: it is shown now.</source>
   <translation>Auf dieser Schicht gibt es schon eine Kontur: sie wird jetzt gezeigt.</translation>
  </message>
  <message>
   <source>There is a drawing on the {view} view already: choose it in the list, then place it.</source>
   <translation>Es gibt schon eine Zeichnung in dieser Ansicht ({view}): sie in der Liste wählen, dann hinlegen.</translation>
  </message>
  <message>
   <source>Paper</source>
   <translation>Blatt</translation>
  </message>
  <message>
   <source>The paper lies on the slice view now ({view}); the result appears where you draw.</source>
   <translation>Das Blatt liegt jetzt auf der Schichtansicht ({view}); das Ergebnis erscheint, wo gezeichnet wird.</translation>
  </message>
  <message>
   <source>Draw the cut through the {title} on this slice</source>
   <translation>Den Schnitt auf dieser Schicht zeichnen: {title}</translation>
  </message>
  <message>
   <source>Draw the outline of the {title}</source>
   <translation>Den Umriss zeichnen: {title}</translation>
  </message>
  <message>
   <source>Draw the {title} from here too</source>
   <translation>Auch von hier zeichnen: {title}</translation>
  </message>
 </context>
 <context>
  <name>sketch.segment</name>
  <message>
   <source>The segment's cut is drawn.</source>
   <translation>Der Schnitt des Segments ist gezeichnet.</translation>
  </message>
  <message>
   <source>Drawing the segment …</source>
   <translation>Das Segment wird gezeichnet …</translation>
  </message>
  <message>
   <source>The segment is drawn; the paper lies around it.</source>
   <translation>Das Segment ist gezeichnet; das Blatt liegt darum herum.</translation>
  </message>
 </context>
 <context>
  <name>sketch.sources</name>
  <message>
   <source>Outline</source>
   <translation>Umriss</translation>
  </message>
  <message>
   <source>Main lines</source>
   <translation>Hauptlinien</translation>
  </message>
  <message>
   <source>All lines</source>
   <translation>Alle Linien</translation>
  </message>
  <message>
   <source>Extract from segment</source>
   <translation>Aus Segment ziehen</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Anhalten</translation>
  </message>
  <message>
   <source>How strongly the picture behind is shown, in percent.</source>
   <translation>Wie stark das Bild dahinter zu sehen ist, in Prozent.</translation>
  </message>
  <message>
   <source>Opacity of the picture behind</source>
   <translation>Deckkraft des Bildes dahinter</translation>
  </message>
  <message>
   <source>Slice view</source>
   <translation>Schichtansicht</translation>
  </message>
  <message>
   <source>Detail of the drawing</source>
   <translation>Genauigkeit der Zeichnung</translation>
  </message>
  <message>
   <source>Length of the longer edge of the imported sheet, in mm.</source>
   <translation>Länge der längeren Kante des importierten Blattes, in mm.</translation>
  </message>
  <message>
   <source>Behind</source>
   <translation>Dahinter</translation>
  </message>
  <message>
   <source>Place</source>
   <translation>Ort</translation>
  </message>
  <message>
   <source>Segment</source>
   <translation>Segment</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Datei</translation>
  </message>
  <message>
   <source>A picture behind the drawing: the slice or a projection of a volume or a segment.</source>
   <translation>Ein Bild hinter der Zeichnung: Schicht oder Projektion eines Volumens oder eines Segments.</translation>
  </message>
  <message>
   <source>The slice view that a paper is laid on.</source>
   <translation>Die Schichtansicht, auf die ein Blatt gelegt wird.</translation>
  </message>
  <message>
   <source>Draw contour here</source>
   <translation>Kontur hier zeichnen</translation>
  </message>
  <message>
   <source>Add the contour on the slice that this view shows now, and draw it: the cut through the organ there.</source>
   <translation>Die Kontur auf der jetzt gezeigten Schicht hinzufügen und zeichnen: den Schnitt durch das Organ dort.</translation>
  </message>
  <message>
   <source>Place on slice view</source>
   <translation>Auf Ansicht legen</translation>
  </message>
  <message>
   <source>Lay the paper on that slice view: its plane and centre. The result appears where you draw. With a view all drawings move, a contour moves alone.</source>
   <translation>Das Blatt auf diese Schichtansicht legen: ihre Ebene und Mitte. Das Ergebnis erscheint, wo gezeichnet wird. Mit einer Ansicht gehen alle Zeichnungen mit, eine Kontur geht allein.</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>Zurücksetzen</translation>
  </message>
  <message>
   <source>Lay a view back where it lay at first, and all drawings with it; a contour back through their middle.</source>
   <translation>Eine Ansicht dorthin zurücklegen, wo sie anfangs lag, und alle Zeichnungen mit ihr; eine Kontur zurück durch deren Mitte.</translation>
  </message>
  <message>
   <source>The segment that is drawn.</source>
   <translation>Das Segment, das gezeichnet wird.</translation>
  </message>
  <message>
   <source>How much of the inside is drawn: none, the main folds, or all that is seen.</source>
   <translation>Wie viel vom Inneren gezeichnet wird: nichts, die Hauptfalten oder alles Sichtbare.</translation>
  </message>
  <message>
   <source>Draw the segment as it is seen from each view of the list; where a contour is chosen, its cut there.</source>
   <translation>Das Segment zeichnen, wie es aus jeder Ansicht der Liste aussieht; ist eine Kontur gewählt, dort seinen Schnitt.</translation>
  </message>
  <message>
   <source>Import picture…</source>
   <translation>Bild importieren …</translation>
  </message>
  <message>
   <source>Read a drawing from a file: PNG, JPEG, WebP, TIFF or GIF (also a photo of a sheet), SVG, or a sketch that was saved as JSON, which knows whether it is a view or a contour and where it lies.</source>
   <translation>Eine Zeichnung aus einer Datei lesen: PNG, JPEG, WebP, TIFF oder GIF (auch ein Foto eines Blattes), SVG, oder eine als JSON gespeicherte Skizze, die weiß, ob sie Ansicht oder Kontur ist und wo sie liegt.</translation>
  </message>
  <message>
   <source>Save…</source>
   <translation>Speichern …</translation>
  </message>
  <message>
   <source>Write the chosen drawing into a file (JSON), with the place where it lies, for later or for sketch2ct.</source>
   <translation>Die gewählte Zeichnung mit ihrem Ort in eine Datei (JSON) schreiben, für später oder für sketch2ct.</translation>
  </message>
  <message>
   <source>Use</source>
   <translation>Verwenden</translation>
  </message>
  <message>
   <source>Read the file again with a sheet of this size.</source>
   <translation>Die Datei noch einmal mit einem Blatt dieser Größe lesen.</translation>
  </message>
  <message>
   <source>Longer edge of the sheet</source>
   <translation>Längere Kante des Blattes</translation>
  </message>
  <message>
   <source>Nothing</source>
   <translation>Nichts</translation>
  </message>
 </context>
 <context>
  <name>sketch.toolbar</name>
  <message>
   <source>Diameter of the eraser in mm; the keys , and . make it smaller and larger.</source>
   <translation>Durchmesser des Radierers in mm; die Tasten , und . machen ihn kleiner und größer.</translation>
  </message>
  <message>
   <source>Pen</source>
   <translation>Stift</translation>
  </message>
  <message>
   <source>draw freehand. A line that comes back to its start closes, one that begins at an open end goes on.</source>
   <translation>freihändig zeichnen. Eine Linie, die zu ihrem Anfang zurückkehrt, schließt sich; eine, die an einem offenen Ende beginnt, geht weiter.</translation>
  </message>
  <message>
   <source>Straight line</source>
   <translation>Gerade Linie</translation>
  </message>
  <message>
   <source>drag from end to end. Ends snap to open ends; Shift keeps to steps of 45°.</source>
   <translation>von Ende zu Ende ziehen. Enden rasten an offenen Enden ein; Umschalt hält Schritte von 45°.</translation>
  </message>
  <message>
   <source>Eraser</source>
   <translation>Radierer</translation>
  </message>
  <message>
   <source>rub lines out. A pen's other end does the same. Size in mm beside.</source>
   <translation>Linien wegradieren. Das andere Ende eines Stiftes tut dasselbe. Größe in mm daneben.</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>Verschieben</translation>
  </message>
  <message>
   <source>drag a line. Beside all lines, or with Shift, the whole drawing moves.</source>
   <translation>eine Linie ziehen. Neben allen Linien, oder mit Umschalt, geht die ganze Zeichnung mit.</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Rückgängig</translation>
  </message>
  <message>
   <source>take the last edit back.</source>
   <translation>die letzte Änderung zurücknehmen.</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Wiederholen</translation>
  </message>
  <message>
   <source>bring back what was undone.</source>
   <translation>das Zurückgenommene wiederbringen.</translation>
  </message>
  <message>
   <source>Smooth</source>
   <translation>Glätten</translation>
  </message>
  <message>
   <source>take the tremble out of all lines; their size stays.</source>
   <translation>das Zittern aus allen Linien nehmen; ihre Größe bleibt.</translation>
  </message>
  <message>
   <source>Mirror</source>
   <translation>Spiegeln</translation>
  </message>
  <message>
   <source>turn the drawing left to right about the paper's middle.</source>
   <translation>die Zeichnung um die Mitte des Blattes seitenverkehren.</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>Leeren</translation>
  </message>
  <message>
   <source>empty the paper. Undo brings the drawing back.</source>
   <translation>das Blatt leeren. Rückgängig bringt die Zeichnung zurück.</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>Vergrößern</translation>
  </message>
  <message>
   <source>look closer; the wheel does it about the pointer.</source>
   <translation>näher hinsehen; das Rad tut es um den Zeiger.</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>Verkleinern</translation>
  </message>
  <message>
   <source>look from farther away, as with the wheel.</source>
   <translation>von weiter weg sehen, wie mit dem Rad.</translation>
  </message>
  <message>
   <source>Whole paper</source>
   <translation>Ganzes Blatt</translation>
  </message>
  <message>
   <source>show all of it. Drag with the middle button, or with Space held, to move the paper.</source>
   <translation>alles zeigen. Ziehen mit der mittleren Taste, oder mit gehaltener Leertaste, verschiebt das Blatt.</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Umriss</translation>
  </message>
  <message>
   <source>lines that bound the organ: what lies inside is filled once they close.</source>
   <translation>Linien, die das Organ begrenzen: was innen liegt, wird gefüllt, sobald sie geschlossen sind.</translation>
  </message>
  <message>
   <source>Inner line</source>
   <translation>Innenlinie</translation>
  </message>
  <message>
   <source>lines inside the outline, where the surface folds or steps back: thinner and blue.</source>
   <translation>Linien innerhalb des Umrisses, wo die Oberfläche sich faltet oder zurücktritt: dünner und blau.</translation>
  </message>
  <message>
   <source>Size of the eraser</source>
   <translation>Größe des Radierers</translation>
  </message>
  <message>
   <source>{name} ({keys}): {text}</source>
   <translation>{name} ({keys}): {text}</translation>
  </message>
  <message>
   <source>Draw</source>
   <translation>Zeichnen</translation>
  </message>
 </context>
 <context>
  <name>widgets.events</name>
  <message>
   <source>The log of Slicer tells where; please report it, then try again.</source>
   <translation>Slicers Protokoll sagt, wo; bitte melden, dann noch einmal versuchen.</translation>
  </message>
  <message>
   <source>It failed for a reason that was not foreseen ({reason}).</source>
   <translation>Es schlug aus einem nicht vorhergesehenen Grund fehl ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>widgets.help</name>
  <message>
   <source>Several organs</source>
   <translation>Mehrere Organe</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Skizze</translation>
  </message>
  <message>
   <source>Geometry</source>
   <translation>Geometrie</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Erzeugen</translation>
  </message>
  <message>
   <source>Results</source>
   <translation>Ergebnisse</translation>
  </message>
  <message>
   <source>Setup</source>
   <translation>Einrichtung</translation>
  </message>
  <message>
   <source>Help: {step}</source>
   <translation>Hilfe: {step}</translation>
  </message>
  <message>
   <source>Open the tutorial at '{step}' in the browser.</source>
   <translation>Die Anleitung bei „{step}“ im Browser öffnen.</translation>
  </message>
  <message>
   <source>The tutorial could not be opened.</source>
   <translation>Die Anleitung ließ sich nicht öffnen.</translation>
  </message>
  <message>
   <source>The tutorial is not installed with this copy of Sketch2CT.</source>
   <translation>Die Anleitung ist mit dieser Kopie von Sketch2CT nicht installiert.</translation>
  </message>
  <message>
   <source>It is in the repository, in Resources/Tutorial.</source>
   <translation>Sie liegt im Repositorium, in Resources/Tutorial.</translation>
  </message>
  <message>
   <source>Open {file} in a browser.</source>
   <translation>{file} in einem Browser öffnen.</translation>
  </message>
  <message>
   <source>The tutorial could not be written: {reason}.</source>
   <translation>Die Anleitung ließ sich nicht schreiben: {reason}.</translation>
  </message>
 </context>
 <context>
  <name>widgets.layout</name>
  <message>
   <source>Choose…</source>
   <translation>Wählen …</translation>
  </message>
  <message>
   <source>Show the log</source>
   <translation>Protokoll zeigen</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>Protokoll</translation>
  </message>
  <message>
   <source>Choose a folder</source>
   <translation>Einen Ordner wählen</translation>
  </message>
 </context>
 <context>
  <name>widgets.painting</name>
  <message>
   <source>met</source>
   <translation>erfüllt</translation>
  </message>
  <message>
   <source>off</source>
   <translation>daneben</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>unbekannt</translation>
  </message>
  <message>
   <source>not asked</source>
   <translation>nicht verlangt</translation>
  </message>
 </context>
 <context>
  <name>widgets.terms</name>
  <message>
   <source>Liver</source>
   <translation>Leber</translation>
  </message>
  <message>
   <source>Spleen</source>
   <translation>Milz</translation>
  </message>
  <message>
   <source>Left kidney</source>
   <translation>Linke Niere</translation>
  </message>
  <message>
   <source>Right kidney</source>
   <translation>Rechte Niere</translation>
  </message>
  <message>
   <source>Aorta (abdominal part)</source>
   <translation>Aorta (Bauchteil)</translation>
  </message>
  <message>
   <source>Aortic vessel tree</source>
   <translation>Aortenbaum</translation>
  </message>
  <message>
   <source>Left atrium</source>
   <translation>Linker Vorhof</translation>
  </message>
  <message>
   <source>liver</source>
   <translation>Leber</translation>
  </message>
  <message>
   <source>spleen</source>
   <translation>Milz</translation>
  </message>
  <message>
   <source>left kidney</source>
   <translation>linke Niere</translation>
  </message>
  <message>
   <source>right kidney</source>
   <translation>rechte Niere</translation>
  </message>
  <message>
   <source>aorta (abdominal part)</source>
   <translation>Aorta (Bauchteil)</translation>
  </message>
  <message>
   <source>aortic vessel tree</source>
   <translation>Aortenbaum</translation>
  </message>
  <message>
   <source>left atrium</source>
   <translation>linker Vorhof</translation>
  </message>
  <message>
   <source>Volume</source>
   <translation>Volumen</translation>
  </message>
  <message>
   <source>Surface area</source>
   <translation>Oberfläche</translation>
  </message>
  <message>
   <source>Extent right–left</source>
   <translation>Ausdehnung rechts–links</translation>
  </message>
  <message>
   <source>Extent front–back</source>
   <translation>Ausdehnung vorn–hinten</translation>
  </message>
  <message>
   <source>Extent top–bottom</source>
   <translation>Ausdehnung oben–unten</translation>
  </message>
  <message>
   <source>Spread right–left</source>
   <translation>Streuung rechts–links</translation>
  </message>
  <message>
   <source>Spread front–back</source>
   <translation>Streuung vorn–hinten</translation>
  </message>
  <message>
   <source>Spread top–bottom</source>
   <translation>Streuung oben–unten</translation>
  </message>
  <message>
   <source>Widest section, left to right</source>
   <translation>Breiteste Stelle, von links nach rechts</translation>
  </message>
  <message>
   <source>Widest section, back to front</source>
   <translation>Breiteste Stelle, von hinten nach vorn</translation>
  </message>
  <message>
   <source>Widest section, bottom to top</source>
   <translation>Breiteste Stelle, von unten nach oben</translation>
  </message>
  <message>
   <source>Centre of mass, left to right</source>
   <translation>Schwerpunkt, von links nach rechts</translation>
  </message>
  <message>
   <source>Centre of mass, back to front</source>
   <translation>Schwerpunkt, von hinten nach vorn</translation>
  </message>
  <message>
   <source>Centre of mass, bottom to top</source>
   <translation>Schwerpunkt, von unten nach oben</translation>
  </message>
  <message>
   <source>Major axis</source>
   <translation>Lange Achse</translation>
  </message>
  <message>
   <source>Middle axis</source>
   <translation>Mittlere Achse</translation>
  </message>
  <message>
   <source>Minor axis</source>
   <translation>Kurze Achse</translation>
  </message>
  <message>
   <source>Largest diameter</source>
   <translation>Größter Durchmesser</translation>
  </message>
  <message>
   <source>Smallest diameter</source>
   <translation>Kleinster Durchmesser</translation>
  </message>
  <message>
   <source>Sphericity</source>
   <translation>Sphärizität</translation>
  </message>
  <message>
   <source>Compactness</source>
   <translation>Kompaktheit</translation>
  </message>
  <message>
   <source>Elongation</source>
   <translation>Streckung</translation>
  </message>
  <message>
   <source>Flatness</source>
   <translation>Abflachung</translation>
  </message>
  <message>
   <source>Pieces</source>
   <translation>Teile</translation>
  </message>
  <message>
   <source>Holes</source>
   <translation>Löcher</translation>
  </message>
  <message>
   <source>Centreline length</source>
   <translation>Länge der Mittellinie</translation>
  </message>
  <message>
   <source>Mean cross-section diameter</source>
   <translation>Mittlerer Durchmesser des Querschnitts</translation>
  </message>
  <message>
   <source>Largest cross-section diameter</source>
   <translation>Größter Durchmesser des Querschnitts</translation>
  </message>
  <message>
   <source>Tortuosity</source>
   <translation>Gewundenheit</translation>
  </message>
  <message>
   <source>Axial</source>
   <translation>Axial</translation>
  </message>
  <message>
   <source>axial</source>
   <translation>axial</translation>
  </message>
  <message>
   <source>Coronal</source>
   <translation>Koronal</translation>
  </message>
  <message>
   <source>coronal</source>
   <translation>koronal</translation>
  </message>
  <message>
   <source>Sagittal</source>
   <translation>Sagittal</translation>
  </message>
  <message>
   <source>sagittal</source>
   <translation>sagittal</translation>
  </message>
 </context>
</TS>
