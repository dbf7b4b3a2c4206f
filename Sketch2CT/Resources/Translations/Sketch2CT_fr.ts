<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr_FR" sourcelanguage="en_US">
 <context>
  <name>Sketch2CT</name>
  <message>
   <source>Sketch2CTLib was not found. Reinstall the extension or correct the module path.</source>
   <translation>Sketch2CTLib est introuvable. Réinstaller l’extension ou corriger le chemin du module.</translation>
  </message>
  <message>
   <source>From a sketch and a sentence to a 3D segmentation and a CT volume that fits it. For research, not for diagnosis.</source>
   <translation>D’une esquisse et d’une phrase à une segmentation 3D et à un volume CT qui lui correspond. Pour la recherche, pas pour le diagnostic.</translation>
  </message>
  <message>
   <source>After the method of Sketch2CT (CVPR 2026, arXiv:2603.22509).</source>
   <translation>D’après la méthode Sketch2CT (CVPR 2026, arXiv:2603.22509).</translation>
  </message>
  <message>
   <source>The Sketch2CT contributors</source>
   <translation>Les contributeurs de Sketch2CT</translation>
  </message>
  <message>
   <source>&amp;Structure:</source>
   <translation>&amp;Structure :</translation>
  </message>
  <message>
   <source>The organ or vessel that is drawn, described and generated.</source>
   <translation>L’organe ou le vaisseau qui est dessiné, décrit et généré.</translation>
  </message>
  <message>
   <source>Add organ</source>
   <translation>Ajouter un organe</translation>
  </message>
  <message>
   <source>Add an organ to the request: it gets drawings, numbers and words of its own.</source>
   <translation>Ajoute un organe à la demande : il a ses propres dessins, nombres et mots.</translation>
  </message>
  <message>
   <source>What the module last said.</source>
   <translation>Ce que le module a dit en dernier.</translation>
  </message>
  <message>
   <source>Yes</source>
   <translation>Oui</translation>
  </message>
  <message>
   <source>Go on as the sentence above says.</source>
   <translation>Continuer comme le dit la phrase ci-dessus.</translation>
  </message>
  <message>
   <source>No</source>
   <translation>Non</translation>
  </message>
  <message>
   <source>Start nothing; the sketch stays as it is.</source>
   <translation>Ne rien commencer ; l’esquisse reste comme elle est.</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Esquisse</translation>
  </message>
  <message>
   <source>Geometry</source>
   <translation>Géométrie</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Générer</translation>
  </message>
  <message>
   <source>Results</source>
   <translation>Résultats</translation>
  </message>
  <message>
   <source>Setup</source>
   <translation>Installation</translation>
  </message>
  <message>
   <source>About</source>
   <translation>À propos</translation>
  </message>
 </context>
 <context>
  <name>backend.backend</name>
  <message>
   <source>no model yet (import one under Setup)</source>
   <translation>pas encore de modèle (en importer un sous Installation)</translation>
  </message>
  <message>
   <source>The service</source>
   <translation>Le service</translation>
  </message>
  <message>
   <source>{where} answers: Sketch2CT {tool_version}</source>
   <translation>{where} répond : Sketch2CT {tool_version}</translation>
  </message>
  <message>
   <source>nothing loaded yet, the device is told at the first run</source>
   <translation>rien de chargé pour l’instant, l’appareil est indiqué au premier calcul</translation>
  </message>
  <message>
   <source>of an unknown version</source>
   <translation>de version inconnue</translation>
  </message>
  <message>
   <source>model {names}</source>
   <translation>modèle {names}</translation>
  </message>
  <message>
   <source>{structures} structures</source>
   <translation>{structures} structures</translation>
  </message>
  <message>
   <source>loaded: {names}</source>
   <translation>chargés : {names}</translation>
  </message>
  <message>
   <source>{free_mb:.1f} GB of memory free</source>
   <translation>{free_mb:.1f} Go de mémoire libre</translation>
  </message>
 </context>
 <context>
  <name>backend.processes</name>
  <message>
   <source>Click 'Install' under Setup, or choose another Python under Advanced.</source>
   <translation>Cliquer sur « Installer » sous Installation, ou choisir un autre Python sous Avancé.</translation>
  </message>
  <message>
   <source>Choose another one under Advanced, or leave the field empty for Slicer's own.</source>
   <translation>En choisir un autre sous Avancé, ou laisser le champ vide pour celui de Slicer.</translation>
  </message>
  <message>
   <source>The Python that should draw has no package '{package}'.</source>
   <translation>Il manque au Python qui doit dessiner le paquet « {package} ».</translation>
  </message>
  <message>
   <source>There is no Python at '{chosen}'.</source>
   <translation>Il n’y a pas de Python à « {chosen} ».</translation>
  </message>
 </context>
 <context>
  <name>canvas.decor</name>
  <message>
   <source>, {tilt:.0f}° oblique</source>
   <translation>, oblique de {tilt:.0f}°</translation>
  </message>
 </context>
 <context>
  <name>canvas.sheets</name>
  <message>
   <source>{name} contour at {place}</source>
   <translation>{name} : contour à {place}</translation>
  </message>
  <message>
   <source>{name} view</source>
   <translation>{name} : vue</translation>
  </message>
 </context>
 <context>
  <name>generate.form</name>
  <message>
   <source>{use}: about {seconds} s a candidate on a recent processor, three times that on an older one, less on a graphics card. The first run loads some 10 s more.</source>
   <translation>{use} : environ {seconds} s par candidat sur un processeur récent, le triple sur un ancien, moins sur une carte graphique. Le premier calcul charge une dizaine de secondes de plus.</translation>
  </message>
  <message>
   <source>Of several organs one shape each is drawn. Take the others out of the list to compare shapes of one.</source>
   <translation>De plusieurs organes, une seule forme de chacun est dessinée. Retirer les autres de la liste pour comparer les formes d’un seul.</translation>
  </message>
  <message>
   <source>For trying out</source>
   <translation>Pour essayer</translation>
  </message>
  <message>
   <source>For results</source>
   <translation>Pour des résultats</translation>
  </message>
  <message>
   <source>For the last bit of detail</source>
   <translation>Pour les derniers détails</translation>
  </message>
  <message>
   <source>The likeliest shape in the views while you draw and change numbers; coarse, gone at Apply, never saved.</source>
   <translation>La forme la plus probable dans les vues pendant le dessin ; grossière, effacée à Appliquer, jamais enregistrée.</translation>
  </message>
  <message>
   <source>The same from the server: sketch and numbers are sent there while you draw, before any click.</source>
   <translation>La même depuis le serveur : esquisse et nombres y sont envoyés pendant le dessin, avant tout clic.</translation>
  </message>
  <message>
   <source>Preview: 8 steps</source>
   <translation>Aperçu : 8 étapes</translation>
  </message>
  <message>
   <source>Standard: 25 steps</source>
   <translation>Standard : 25 étapes</translation>
  </message>
  <message>
   <source>Fine: 50 steps</source>
   <translation>Fin : 50 étapes</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Esquisse</translation>
  </message>
  <message>
   <source>How closely the shape follows the drawing</source>
   <translation>Avec quelle précision la forme suit le dessin</translation>
  </message>
  <message>
   <source>Numbers</source>
   <translation>Nombres</translation>
  </message>
  <message>
   <source>How closely it meets volume, extents and the other numbers</source>
   <translation>Avec quelle précision elle respecte volume, étendues et autres nombres</translation>
  </message>
  <message>
   <source>Words</source>
   <translation>Mots</translation>
  </message>
  <message>
   <source>How closely it follows words such as smooth or lobulated</source>
   <translation>Avec quelle précision elle suit des mots comme lisse ou lobulé</translation>
  </message>
  <message>
   <source>This computer</source>
   <translation>Cet ordinateur</translation>
  </message>
  <message>
   <source>A server</source>
   <translation>Un serveur</translation>
  </message>
  <message>
   <source>How many shapes to draw and rank, 1 to {most}; the best comes first.</source>
   <translation>Combien de formes dessiner et classer, de 1 à {most} ; la meilleure vient en premier.</translation>
  </message>
  <message>
   <source>Best available</source>
   <translation>Le meilleur disponible</translation>
  </message>
  <message>
   <source>Graphics card (CUDA)</source>
   <translation>Carte graphique (CUDA)</translation>
  </message>
  <message>
   <source>Processor</source>
   <translation>Processeur</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>Graine</translation>
  </message>
  <message>
   <source>The same seed, sketch and numbers give the same result again.</source>
   <translation>La même graine, avec la même esquisse et les mêmes nombres, redonne le même résultat.</translation>
  </message>
  <message>
   <source>Choose a Python</source>
   <translation>Choisir un Python</translation>
  </message>
  <message>
   <source>The server's password. It is kept in memory alone, never in the scene.</source>
   <translation>Le mot de passe du serveur. Il reste en mémoire, jamais dans la scène.</translation>
  </message>
  <message>
   <source>A Python with Sketch2CT's packages in place of Slicer's own: a path. Empty: Slicer's own.</source>
   <translation>Un Python avec les paquets de Sketch2CT à la place de celui de Slicer : un chemin. Vide : celui de Slicer.</translation>
  </message>
  <message>
   <source>How many steps the drawing takes: more steps, more detail.</source>
   <translation>Combien d’étapes prend le dessin : plus d’étapes, plus de détails.</translation>
  </message>
  <message>
   <source>Draw a CT volume too</source>
   <translation>Dessiner aussi un CT</translation>
  </message>
  <message>
   <source>Without it only the mask is drawn, which is faster.</source>
   <translation>Sans cela seul le masque est dessiné, ce qui est plus rapide.</translation>
  </message>
  <message>
   <source>Paint it from a layout</source>
   <translation>Le peindre d’après un plan</translation>
  </message>
  <message>
   <source>Draws the organs and tissues around first, and paints a CT with all of them; MR is drawn as usual.</source>
   <translation>Dessine d’abord les organes et tissus alentour, puis peint un CT avec tous ; l’IRM est dessinée comme d’habitude.</translation>
  </message>
  <message>
   <source>Whole range of HU</source>
   <translation>Étendue entière des UH</translation>
  </message>
  <message>
   <source>Gives air, lungs, gas and dense bone of a painted CT their usual values beyond −125 to 275 HU.</source>
   <translation>Donner à l’air, aux poumons, au gaz et à l’os dense d’un CT peint leurs valeurs habituelles au-delà de −125 à 275 UH.</translation>
  </message>
  <message>
   <source>&amp;Quality:</source>
   <translation>&amp;Qualité :</translation>
  </message>
  <message>
   <source>&amp;Candidates:</source>
   <translation>&amp;Candidats :</translation>
  </message>
  <message>
   <source>S&amp;eed:</source>
   <translation>G&amp;raine :</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Autre</translation>
  </message>
  <message>
   <source>Another seed, for another shape that fits as well.</source>
   <translation>Une autre graine, pour une autre forme qui convient aussi bien.</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Garder</translation>
  </message>
  <message>
   <source>Ticked: each run uses this seed. Not ticked: each run takes a new one.</source>
   <translation>Coché : chaque calcul prend cette graine. Sinon chaque calcul en prend une nouvelle.</translation>
  </message>
  <message>
   <source>Guidance of my own</source>
   <translation>Guidage personnel</translation>
  </message>
  <message>
   <source>How strongly each input pulls. Not ticked: the model's own, which suits most cases.</source>
   <translation>La force de chaque entrée. Non coché : celle du modèle, qui convient le plus souvent.</translation>
  </message>
  <message>
   <source>Whether this computer or a server of your institution draws.</source>
   <translation>Si cet ordinateur ou un serveur de l’établissement dessine.</translation>
  </message>
  <message>
   <source>Test connection</source>
   <translation>Tester la connexion</translation>
  </message>
  <message>
   <source>Asks who answers there: version, models, device. Nothing of yours is sent.</source>
   <translation>Demande qui répond là-bas : version, modèles, appareil. Rien de personnel n’est envoyé.</translation>
  </message>
  <message>
   <source>&amp;Run on:</source>
   <translation>Calculer s&amp;ur :</translation>
  </message>
  <message>
   <source>What computes; the graphics card where there is a usable one.</source>
   <translation>Ce qui calcule ; la carte graphique s’il y en a une d’utilisable.</translation>
  </message>
  <message>
   <source>De&amp;vice:</source>
   <translation>Appare&amp;il :</translation>
  </message>
  <message>
   <source>Address of a Sketch2CT server. Sketch and numbers are sent there.</source>
   <translation>Adresse d’un serveur Sketch2CT. Esquisse et nombres y sont envoyés.</translation>
  </message>
  <message>
   <source>where the server asks for one</source>
   <translation>si le serveur en demande un</translation>
  </message>
  <message>
   <source>&amp;Address:</source>
   <translation>&amp;Adresse :</translation>
  </message>
  <message>
   <source>&amp;Token:</source>
   <translation>&amp;Jeton :</translation>
  </message>
  <message>
   <source>Draft while drawing</source>
   <translation>Ébauche pendant le dessin</translation>
  </message>
  <message>
   <source>Slicer's own</source>
   <translation>Celui de Slicer</translation>
  </message>
  <message>
   <source>Pick the Python that runs the local worker.</source>
   <translation>Choisir le Python du service local.</translation>
  </message>
  <message>
   <source>&amp;Python:</source>
   <translation>&amp;Python :</translation>
  </message>
  <message>
   <source>{what}: 0 ignores it, 1 is plain, more exaggerates.</source>
   <translation>{what} : 0 l’ignore, 1 est normal, plus exagère.</translation>
  </message>
 </context>
 <context>
  <name>generate.panel</name>
  <message>
   <source>Draws what the sketch, the numbers and the words ask for.</source>
   <translation>Dessine ce que demandent l’esquisse, les nombres et les mots.</translation>
  </message>
  <message>
   <source>Stops the run within three seconds; the sketch and the numbers stay.</source>
   <translation>Arrête le calcul en moins de trois secondes ; esquisse et nombres restent.</translation>
  </message>
  <message>
   <source>Apply</source>
   <translation>Appliquer</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>Stopping …</source>
   <translation>Arrêt en cours …</translation>
  </message>
  <message>
   <source>The share of the run that is done, as far as it can be told.</source>
   <translation>La part du calcul qui est faite, autant qu’on puisse le dire.</translation>
  </message>
  <message>
   <source>The mask as far as it is drawn, seen as the sketch is; brighter is thicker.</source>
   <translation>Le masque tel qu’il est dessiné, vu comme l’esquisse ; plus clair veut dire plus épais.</translation>
  </message>
  <message>
   <source>less than 1 s</source>
   <translation>moins de 1 s</translation>
  </message>
  <message>
   <source>Advanced</source>
   <translation>Avancé</translation>
  </message>
  <message>
   <source>Guidance, and the Python of the local worker.</source>
   <translation>Le guidage, et le Python du service local.</translation>
  </message>
  <message>
   <source>Starting …</source>
   <translation>Démarrage …</translation>
  </message>
  <message>
   <source>What the service wrote, line by line.</source>
   <translation>Ce que le service a écrit, ligne par ligne.</translation>
  </message>
  <message>
   <source>✗ Error:</source>
   <translation>✗ Erreur :</translation>
  </message>
  <message>
   <source>ℹ Note:</source>
   <translation>ℹ Note :</translation>
  </message>
  <message>
   <source>What is being done, and how long the rest will take.</source>
   <translation>Ce qui est en cours, et combien de temps prendra le reste.</translation>
  </message>
  <message>
   <source>What came of the last click.</source>
   <translation>Ce qu’a donné le dernier clic.</translation>
  </message>
  <message>
   <source>The last {most} lines; can be copied.</source>
   <translation>Les {most} dernières lignes ; elles peuvent être copiées.</translation>
  </message>
  <message>
   <source>about {seconds:.0f} s</source>
   <translation>environ {seconds:.0f} s</translation>
  </message>
  <message>
   <source>about {minutes:.0f} min</source>
   <translation>environ {minutes:.0f} min</translation>
  </message>
  <message>
   <source>, step {step} of {steps}</source>
   <translation>, étape {step} sur {steps}</translation>
  </message>
  <message>
   <source>, {duration} left</source>
   <translation>, encore {duration}</translation>
  </message>
  <message>
   <source>Error: {text}</source>
   <translation>Erreur : {text}</translation>
  </message>
 </context>
 <context>
  <name>generate.settings</name>
  <message>
   <source>Choose it in the panel.</source>
   <translation>Le choisir dans le panneau.</translation>
  </message>
  <message>
   <source>The setting '{name}' cannot be {value!r:.60}.</source>
   <translation>Le réglage « {name} » ne peut pas être {value!r:.60}.</translation>
  </message>
 </context>
 <context>
  <name>geometry.llm</name>
  <message>
   <source>&lt;b&gt;Nothing has been sent.&lt;/b&gt; A language model can put the shape into words. Only the text in the box below would be sent; your own text, the drawing and all scans stay here.</source>
   <translation>&lt;b&gt;Rien n’a été envoyé.&lt;/b&gt; Un modèle de langage peut mettre la forme en mots. Seul le texte du champ ci-dessous serait envoyé ; le texte saisi, le dessin et tous les examens restent ici.</translation>
  </message>
  <message>
   <source>Do not ask again for this server and model</source>
   <translation>Ne plus demander pour ce serveur et ce modèle</translation>
  </message>
  <message>
   <source>Ticked: the next click on 'Describe with an LLM…' sends at once, until the program is closed.</source>
   <translation>Coché : le prochain clic sur « Décrire avec un LLM… » envoie aussitôt, jusqu’à la fermeture du programme.</translation>
  </message>
  <message>
   <source>Address of a server that speaks OpenAI's protocol, up to its version: also one of your own.</source>
   <translation>Adresse d’un serveur qui parle le protocole d’OpenAI, jusqu’à sa version ; aussi un serveur à soi.</translation>
  </message>
  <message>
   <source>Name by which the server knows the model.</source>
   <translation>Nom sous lequel le serveur connaît le modèle.</translation>
  </message>
  <message>
   <source>What would be sent</source>
   <translation>Ce qui serait envoyé</translation>
  </message>
  <message>
   <source>The very text that would be sent, and nothing else.</source>
   <translation>Exactement le texte qui serait envoyé, et rien d’autre.</translation>
  </message>
  <message>
   <source>of your account</source>
   <translation>du compte personnel</translation>
  </message>
  <message>
   <source>Server</source>
   <translation>Serveur</translation>
  </message>
  <message>
   <source>Model</source>
   <translation>Modèle</translation>
  </message>
  <message>
   <source>Key</source>
   <translation>Clé</translation>
  </message>
  <message>
   <source>Send</source>
   <translation>Envoyer</translation>
  </message>
  <message>
   <source>Send the text in the box to the server above.</source>
   <translation>Envoyer le texte du champ au serveur ci-dessus.</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>Send nothing.</source>
   <translation>Ne rien envoyer.</translation>
  </message>
  <message>
   <source>Goes to {url}/chat/completions</source>
   <translation>Va à {url}/chat/completions</translation>
  </message>
  <message>
   <source>{url}: it leaves this computer. An answer that cannot be used is sent back once, with the reason.</source>
   <translation>{url} : il quitte cet ordinateur. Une réponse inutilisable est renvoyée une fois, avec la raison.</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <source>Give the call up.</source>
   <translation>Abandonner l’appel.</translation>
  </message>
  <message>
   <source>Your key for that server. It is kept until the program is closed and never saved; by default {variable} of the environment.</source>
   <translation>La clé personnelle pour ce serveur. Elle est gardée jusqu’à la fermeture du programme et jamais enregistrée ; sinon {variable} de l’environnement.</translation>
  </message>
  <message>
   <source>{url}, on this computer.</source>
   <translation>{url}, sur cet ordinateur.</translation>
  </message>
  <message>
   <source>{url}: it leaves this computer UNENCRYPTED, everybody on the way can read it.</source>
   <translation>{url} : il quitte cet ordinateur SANS CHIFFREMENT, tous peuvent le lire en chemin.</translation>
  </message>
  <message>
   <source>Waiting for {model} …</source>
   <translation>Attente de {model} …</translation>
  </message>
  <message>
   <source>from {variable}</source>
   <translation>de {variable}</translation>
  </message>
 </context>
 <context>
  <name>geometry.panel</name>
  <message>
   <source>Describe with an LLM…</source>
   <translation>Décrire avec un LLM…</translation>
  </message>
  <message>
   <source>Let a language model put the numbers into words. You see first what would be sent, and to whom.</source>
   <translation>Un modèle de langage met les nombres en mots. On voit d’abord ce qui serait envoyé, et à qui.</translation>
  </message>
  <message>
   <source>Units of the rows; a text may use any.</source>
   <translation>Unités des lignes ; un texte peut en employer d’autres.</translation>
  </message>
  <message>
   <source>The segment whose numbers are taken.</source>
   <translation>Le segment dont les nombres sont pris.</translation>
  </message>
  <message>
   <source>Measure from segment</source>
   <translation>Mesurer un segment</translation>
  </message>
  <message>
   <source>Fill all rows with the numbers of the segment; rows with a value are overwritten.</source>
   <translation>Remplit toutes les lignes avec les nombres du segment ; les lignes remplies sont écrasées.</translation>
  </message>
  <message>
   <source>Stop measuring</source>
   <translation>Arrêter la mesure</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>Undo the last change of text or numbers (Ctrl+Z in the text).</source>
   <translation>Annuler la dernière modification du texte ou des nombres (Ctrl+Z dans le texte).</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Rétablir</translation>
  </message>
  <message>
   <source>Redo what was undone (Ctrl+Shift+Z in the text).</source>
   <translation>Rétablir ce qui a été annulé (Ctrl+Maj+Z dans le texte).</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>Effacer</translation>
  </message>
  <message>
   <source>Take out the text and all numbers. Undo brings them back.</source>
   <translation>Enlever le texte et tous les nombres. Annuler les ramène.</translation>
  </message>
  <message>
   <source>Units</source>
   <translation>Unités</translation>
  </message>
  <message>
   <source>Segment</source>
   <translation>Segment</translation>
  </message>
  <message>
   <source>{numbers} numbers were measured from '{title}'.</source>
   <translation>{numbers} nombres ont été mesurés sur « {title} ».</translation>
  </message>
  <message>
   <source>Tick a row, or measure a segment.</source>
   <translation>Cocher une ligne, ou mesurer un segment.</translation>
  </message>
  <message>
   <source>There are no numbers of the {title} to describe yet.</source>
   <translation>Il n’y a pas encore de nombres à décrire ({title}).</translation>
  </message>
 </context>
 <context>
  <name>geometry.phrases</name>
  <message>
   <source>Longest diameter</source>
   <translation>Plus long diamètre</translation>
  </message>
  <message>
   <source>Shortest diameter</source>
   <translation>Plus court diamètre</translation>
  </message>
  <message>
   <source>Mean cross-section</source>
   <translation>Section moyenne</translation>
  </message>
  <message>
   <source>Largest cross-section</source>
   <translation>Plus grande section</translation>
  </message>
  <message>
   <source>Widest, left to right</source>
   <translation>Plus large, gauche–droite</translation>
  </message>
  <message>
   <source>Widest, back to front</source>
   <translation>Plus large, arrière–avant</translation>
  </message>
  <message>
   <source>Widest, bottom to top</source>
   <translation>Plus large, bas–haut</translation>
  </message>
  <message>
   <source>Mass, left to right</source>
   <translation>Masse, gauche–droite</translation>
  </message>
  <message>
   <source>Mass, back to front</source>
   <translation>Masse, arrière–avant</translation>
  </message>
  <message>
   <source>Mass, bottom to top</source>
   <translation>Masse, bas–haut</translation>
  </message>
  <message>
   <source>Where the largest cross-section lies: 0 is the one end of the extent, 1 the other.</source>
   <translation>Où se trouve la plus grande section : 0 est un bout de l’étendue, 1 l’autre.</translation>
  </message>
  <message>
   <source>Where the centre of mass lies: 0 is the one end of the extent, 1 the other.</source>
   <translation>Où se trouve le centre de masse : 0 est un bout de l’étendue, 1 l’autre.</translation>
  </message>
  <message>
   <source>The standard deviation of the organ's points along this direction.</source>
   <translation>L’écart type des points de l’organe dans cette direction.</translation>
  </message>
  <message>
   <source>How near it is to a ball: a ball has 1, all else less.</source>
   <translation>Sa ressemblance avec une boule : une boule a 1, tout le reste moins.</translation>
  </message>
  <message>
   <source>Volume squared beside surface cubed: a ball has 1, all else less.</source>
   <translation>Le carré du volume rapporté au cube de la surface : une boule a 1, tout le reste moins.</translation>
  </message>
  <message>
   <source>Major axis divided by the middle one.</source>
   <translation>Le grand axe divisé par l’axe moyen.</translation>
  </message>
  <message>
   <source>Middle axis divided by the minor one.</source>
   <translation>L’axe moyen divisé par le petit.</translation>
  </message>
  <message>
   <source>Tunnels and enclosed cavities.</source>
   <translation>Tunnels et cavités fermées.</translation>
  </message>
  <message>
   <source>Pieces that do not touch.</source>
   <translation>Morceaux qui ne se touchent pas.</translation>
  </message>
  <message>
   <source>Length of the centreline beside the straight way between its ends.</source>
   <translation>La longueur de la ligne centrale rapportée au chemin droit entre ses bouts.</translation>
  </message>
  <message>
   <source>Outer bounds along this direction of the patient.</source>
   <translation>Limites extérieures dans cette direction du patient.</translation>
  </message>
  <message>
   <source>Area of the outer surface.</source>
   <translation>L’aire de la surface extérieure.</translation>
  </message>
 </context>
 <context>
  <name>geometry.range_bar</name>
  <message>
   <source>Seen in {cases} training scans: {span}{unit}, median {middle}{unit}.</source>
   <translation>Vu dans {cases} examens d’entraînement : {span}{unit}, médiane {middle}{unit}.</translation>
  </message>
  <message>
   <source>always {low}</source>
   <translation>toujours {low}</translation>
  </message>
  <message>
   <source>{low} to {high}</source>
   <translation>{low} à {high}</translation>
  </message>
 </context>
 <context>
  <name>geometry.rows</name>
  <message>
   <source>More numbers</source>
   <translation>Autres nombres</translation>
  </message>
  <message>
   <source>conflict</source>
   <translation>contradiction</translation>
  </message>
  <message>
   <source>not given</source>
   <translation>non donné</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>inconnu</translation>
  </message>
  <message>
   <source>usual</source>
   <translation>habituel</translation>
  </message>
  <message>
   <source>below usual</source>
   <translation>trop petit</translation>
  </message>
  <message>
   <source>above usual</source>
   <translation>trop grand</translation>
  </message>
  <message>
   <source>It cannot be together with another number: see the sentence below.</source>
   <translation>Il ne peut aller avec un autre nombre : voir la phrase ci-dessous.</translation>
  </message>
  <message>
   <source>The drawing, or the model, may choose it. Tick the row to give a value.</source>
   <translation>Le dessin, ou le modèle, peut le choisir. Cocher la ligne pour donner une valeur.</translation>
  </message>
  <message>
   <source>Said to be unknown: the drawing does not fill it in either.</source>
   <translation>Déclaré inconnu : le dessin ne le remplit pas non plus.</translation>
  </message>
  <message>
   <source>Within what was seen in training.</source>
   <translation>Dans ce qui a été vu à l’entraînement.</translation>
  </message>
  <message>
   <source>Less than was ever seen in training: the result may be worse.</source>
   <translation>Moins que ce qui a jamais été vu à l’entraînement : le résultat peut être moins bon.</translation>
  </message>
  <message>
   <source>More than was ever seen in training: the result may be worse.</source>
   <translation>Plus que ce qui a jamais été vu à l’entraînement : le résultat peut être moins bon.</translation>
  </message>
  <message>
   <source>Numbers that are seldom known by heart: areas, axes, spreads, places, counts.</source>
   <translation>Nombres rarement connus par cœur : aires, axes, dispersions, lieux, comptes.</translation>
  </message>
  <message>
   <source>  – conflict</source>
   <translation>  – contradiction</translation>
  </message>
  <message>
   <source>{text} Ticked: its value is known.</source>
   <translation>{text} Coché : sa valeur est connue.</translation>
  </message>
  <message>
   <source>{text} Thick: the middle nine tenths. Line: the median.</source>
   <translation>{text} Épais : les neuf dixièmes du milieu. Trait : la médiane.</translation>
  </message>
  <message>
   <source> in {label}</source>
   <translation> en {label}</translation>
  </message>
  <message>
   <source>  ({count} given)</source>
   <translation>  ({count} donnés)</translation>
  </message>
 </context>
 <context>
  <name>geometry.text_editor</name>
  <message>
   <source>For example: about 1.4 litres, 20 cm wide, with a smooth surface</source>
   <translation>Par exemple : environ 1,4 litre, 20 cm de large, à la surface lisse</translation>
  </message>
  <message>
   <source>Say in plain English how large the organ is and how it is shaped. What is understood is underlined and fills the rows below; rows that you change are written here.</source>
   <translation>Dire en mots la taille et la forme de l’organe. Ce qui est compris est souligné et remplit les lignes ci-dessous ; les lignes modifiées sont écrites ici.</translation>
  </message>
  <message>
   <source>Geometry in words and numbers</source>
   <translation>Géométrie en mots et en nombres</translation>
  </message>
  <message>
   <source> ({count} more such)</source>
   <translation> ({count} autres)</translation>
  </message>
  <message>
   <source>&lt;b&gt;Understood:&lt;/b&gt; {items}</source>
   <translation>&lt;b&gt;Compris :&lt;/b&gt; {items}</translation>
  </message>
  <message>
   <source>&lt;b&gt;Beside the text:&lt;/b&gt; {items}</source>
   <translation>&lt;b&gt;À côté du texte :&lt;/b&gt; {items}</translation>
  </message>
  <message>
   <source>and {count} more</source>
   <translation>et {count} autres</translation>
  </message>
 </context>
 <context>
  <name>nodes.reference</name>
  <message>
   <source>The chosen volume is no longer in the scene.</source>
   <translation>Le volume choisi n’est plus dans la scène.</translation>
  </message>
  <message>
   <source>Choose another picture.</source>
   <translation>Choisir une autre image.</translation>
  </message>
  <message>
   <source>{name}: slice</source>
   <translation>{name} : coupe</translation>
  </message>
  <message>
   <source>{name}: projection</source>
   <translation>{name} : projection</translation>
  </message>
  <message>
   <source>{title}: silhouette</source>
   <translation>{title} : silhouette</translation>
  </message>
 </context>
 <context>
  <name>results.actions</name>
  <message>
   <source>Several organs are in the list: 'Apply' draws all of them anew. Take the others out to change one.</source>
   <translation>Plusieurs organes sont dans la liste : « Appliquer » les redessine tous. Pour en modifier un, retirer les autres.</translation>
  </message>
  <message>
   <source>This result holds several organs, and one alone is changed: draw it alone with 'Apply' first.</source>
   <translation>Ce résultat contient plusieurs organes, et un seul est modifié : le dessiner d’abord seul avec « Appliquer ».</translation>
  </message>
  <message>
   <source>Volume and mask as .nrrd files</source>
   <translation>Volume et masque en fichiers .nrrd</translation>
  </message>
  <message>
   <source>Mask as a segmentation that Slicer opens, with names, colours and provenance</source>
   <translation>Masque comme segmentation que Slicer ouvre, avec noms, couleurs et provenance</translation>
  </message>
  <message>
   <source>Volume and mask as .nii.gz files, for other programs</source>
   <translation>Volume et masque en fichiers .nii.gz, pour d’autres programmes</translation>
  </message>
  <message>
   <source>Volume as a DICOM series with the mask as a segmentation of it, marked synthetic, in a folder</source>
   <translation>Volume comme série DICOM avec le masque comme segmentation, marqué synthétique, dans un dossier</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>Rapport</translation>
  </message>
  <message>
   <source>What was asked and measured, with seed, settings and model, as report.json</source>
   <translation>Ce qui a été demandé et mesuré, avec graine, réglages et modèle, dans report.json</translation>
  </message>
  <message>
   <source>Takes the mask as you edited it in the Segment Editor: it stays as it is, what lies around it and its scan are made anew, and it is measured again (Alt+F). A change of sketch or numbers then starts from it.</source>
   <translation>Prend le masque tel qu’il a été modifié dans l’éditeur de segments : il reste tel quel, ce qui l’entoure et son examen sont refaits, et il est mesuré à nouveau (Alt+F). Une modification de l’esquisse ou des nombres part alors de lui.</translation>
  </message>
  <message>
   <source>How far the new shape may leave the selected one: 0 keeps it, 1 draws it anew.</source>
   <translation>Jusqu’où la nouvelle forme peut s’éloigner de celle choisie : 0 la garde, 1 la redessine.</translation>
  </message>
  <message>
   <source>How much is new</source>
   <translation>Part de nouveau</translation>
  </message>
  <message>
   <source>Draws the selected candidate again with the sketch and the numbers as they are now. Change the sketch first; the slider says how much of the former shape stays.</source>
   <translation>Redessine le candidat choisi avec l’esquisse et les nombres tels qu’ils sont. Modifier d’abord l’esquisse ; le curseur dit ce qui reste de l’ancienne forme.</translation>
  </message>
  <message>
   <source>Number of variations</source>
   <translation>Nombre de variantes</translation>
  </message>
  <message>
   <source>Draws that many other candidates for the same sketch, numbers and words.</source>
   <translation>Dessine autant d’autres candidats pour la même esquisse, les mêmes nombres et mots.</translation>
  </message>
  <message>
   <source>Segment that gets a volume</source>
   <translation>Segment qui reçoit un volume</translation>
  </message>
  <message>
   <source>Makes a synthetic scan in which the chosen segment is the organ, on its own grid.</source>
   <translation>Fait un examen synthétique où le segment choisi est l’organe, sur sa propre grille.</translation>
  </message>
  <message>
   <source>Writes the selected candidate in the chosen kinds; all files or none.</source>
   <translation>Écrit le candidat choisi dans les formats choisis ; tous les fichiers ou aucun.</translation>
  </message>
  <message>
   <source>The folder that the files are written to; it is made where it is not there.</source>
   <translation>Le dossier où les fichiers sont écrits ; il est créé s’il n’existe pas.</translation>
  </message>
  <message>
   <source>Go on from here</source>
   <translation>Continuer à partir d’ici</translation>
  </message>
  <message>
   <source>Follow this edit</source>
   <translation>Suivre la modification</translation>
  </message>
  <message>
   <source>The mask stays, its scan and report are made anew.</source>
   <translation>Le masque reste, examen et rapport sont refaits.</translation>
  </message>
  <message>
   <source>After an edit in the Segment Editor:</source>
   <translation>Après une modification dans l’éditeur de segments :</translation>
  </message>
  <message>
   <source>Re-generate</source>
   <translation>Régénérer</translation>
  </message>
  <message>
   <source>Again with the changed sketch:</source>
   <translation>Encore, avec l’esquisse modifiée :</translation>
  </message>
  <message>
   <source>Make variations</source>
   <translation>Faire des variantes</translation>
  </message>
  <message>
   <source>More like it:</source>
   <translation>D’autres semblables :</translation>
  </message>
  <message>
   <source>A segment of the scene, perhaps one that you edited in the Segment Editor.</source>
   <translation>Un segment de la scène, peut-être modifié dans l’éditeur de segments.</translation>
  </message>
  <message>
   <source>Generate volume</source>
   <translation>Générer le volume</translation>
  </message>
  <message>
   <source>Volume from a segment:</source>
   <translation>Volume d’un segment :</translation>
  </message>
  <message>
   <source>Export the selected candidate</source>
   <translation>Exporter le candidat choisi</translation>
  </message>
  <message>
   <source>Export</source>
   <translation>Exporter</translation>
  </message>
  <message>
   <source>Folder</source>
   <translation>Dossier</translation>
  </message>
  <message>
   <source>Pick the folder that the files are written to.</source>
   <translation>Choisir le dossier où les fichiers sont écrits.</translation>
  </message>
  <message>
   <source>Export all organs</source>
   <translation>Exporter tous les organes</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Garder</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Nouveau</translation>
  </message>
  <message>
   <source>How many candidates to draw with new seeds, 2 to {most}.</source>
   <translation>Combien de candidats dessiner avec de nouvelles graines, de 2 à {most}.</translation>
  </message>
  <message>
   <source>No kind of file is chosen: tick at least one of NRRD, seg.nrrd, NIfTI, DICOM and Report.</source>
   <translation>Aucun format n’est choisi : cocher au moins un de NRRD, seg.nrrd, NIfTI, DICOM et Rapport.</translation>
  </message>
  <message>
   <source>candidates, new seeds</source>
   <translation>candidats, nouvelles graines</translation>
  </message>
  <message>
   <source>No folder is chosen: click 'Choose…' and pick one.</source>
   <translation>Aucun dossier n’est choisi : cliquer sur « Choisir… » et en donner un.</translation>
  </message>
  <message>
   <source>no segment in the scene</source>
   <translation>aucun segment dans la scène</translation>
  </message>
  <message>
   <source>'{folder}' is a file, not a folder: choose a folder.</source>
   <translation>« {folder} » est un fichier, pas un dossier : choisir un dossier.</translation>
  </message>
 </context>
 <context>
  <name>results.drawn</name>
  <message>
   <source>Sketch</source>
   <translation>Esquisse</translation>
  </message>
  <message>
   <source>Contour</source>
   <translation>Contour</translation>
  </message>
  <message>
   <source>Contour, {view} at {place}</source>
   <translation>Contour, {view} à {place}</translation>
  </message>
  <message>
   <source>Sketch, {view}</source>
   <translation>Esquisse, {view}</translation>
  </message>
 </context>
 <context>
  <name>results.gallery</name>
  <message>
   <source>What was made in this scene. Click a picture, or use the arrow keys, to see that result.</source>
   <translation>Ce qui a été fait dans cette scène. Cliquer sur une image, ou les flèches, montre ce résultat.</translation>
  </message>
  <message>
   <source>Results of this scene</source>
   <translation>Résultats de cette scène</translation>
  </message>
  <message>
   <source>nothing asked</source>
   <translation>rien de demandé</translation>
  </message>
  <message>
   <source>{} of {} met</source>
   <translation>{} sur {} atteints</translation>
  </message>
  <message>
   <source>Result {}: {} of {} targets met.</source>
   <translation>Résultat {} : {} buts sur {} atteints.</translation>
  </message>
 </context>
 <context>
  <name>results.layouts</name>
  <message>
   <source>The organs and tissues that the CT was painted from, as a segmentation of its own over the slices.</source>
   <translation>Les organes et tissus d’après lesquels le CT a été peint, comme segmentation à part sur les coupes.</translation>
  </message>
  <message>
   <source>Paints the CT anew from the layout as it stands now; change it in the Segment Editor first.</source>
   <translation>Peint le CT à neuf d’après le plan tel qu’il est ; le modifier d’abord dans l’éditeur de segments.</translation>
  </message>
  <message>
   <source>Show what lies around</source>
   <translation>Montrer les alentours</translation>
  </message>
  <message>
   <source>Paint again from it</source>
   <translation>Repeindre d’après lui</translation>
  </message>
 </context>
 <context>
  <name>results.panel</name>
  <message>
   <source>For research, not for diagnosis.</source>
   <translation>Pour la recherche, pas pour le diagnostic.</translation>
  </message>
  <message>
   <source>No result yet: draw a sketch or state numbers, then click 'Apply' under Generate.</source>
   <translation>Pas encore de résultat : dessiner une esquisse ou donner des nombres, puis cliquer sur « Appliquer » sous Générer.</translation>
  </message>
  <message>
   <source>Keeps the selected candidate as a segmentation and a volume in the scene, named SYNTHETIC.</source>
   <translation>Garde le candidat choisi comme segmentation et volume dans la scène, nommés SYNTHETIC.</translation>
  </message>
  <message>
   <source>Shows a volume that says in how many candidates each voxel lies.</source>
   <translation>Montre un volume qui dit dans combien de candidats se trouve chaque voxel.</translation>
  </message>
  <message>
   <source>Adds this contour to the sketch, empty and ready to draw; then generate again.</source>
   <translation>Ajoute ce contour à l’esquisse, vide et prêt à dessiner ; puis générer à nouveau.</translation>
  </message>
  <message>
   <source>Accept</source>
   <translation>Accepter</translation>
  </message>
  <message>
   <source>Accept all organs</source>
   <translation>Accepter tous les organes</translation>
  </message>
  <message>
   <source>Show where the candidates agree</source>
   <translation>Montrer où les candidats s’accordent</translation>
  </message>
  <message>
   <source>Draw it</source>
   <translation>Le dessiner</translation>
  </message>
  <message>
   <source>Accept candidate {index}</source>
   <translation>Accepter le candidat {index}</translation>
  </message>
  <message>
   <source>The run took {seconds:.1f} s.</source>
   <translation>Le calcul a pris {seconds:.1f} s.</translation>
  </message>
 </context>
 <context>
  <name>results.report</name>
  <message>
   <source>mean inside</source>
   <translation>moyenne intérieure</translation>
  </message>
  <message>
   <source>spread inside</source>
   <translation>dispersion intérieure</translation>
  </message>
  <message>
   <source>border steepness</source>
   <translation>pente des bords</translation>
  </message>
  <message>
   <source>border sharpness</source>
   <translation>netteté des bords</translation>
  </message>
  <message>
   <source>Dice when found again</source>
   <translation>Dice à la redétection</translation>
  </message>
  <message>
   <source>Overlap of the drawn silhouette and that of the mask; 1 is complete.</source>
   <translation>Recouvrement de la silhouette dessinée et de celle du masque ; 1 est complet.</translation>
  </message>
  <message>
   <source>Overlap of the drawn contour and the cut of the mask; 1 is complete.</source>
   <translation>Recouvrement du contour dessiné et de la coupe du masque ; 1 est complet.</translation>
  </message>
  <message>
   <source>is unknown</source>
   <translation>est inconnu</translation>
  </message>
  <message>
   <source>sketch not followed</source>
   <translation>esquisse non suivie</translation>
  </message>
  <message>
   <source>contour not followed</source>
   <translation>contour non suivi</translation>
  </message>
  <message>
   <source>may be cut off</source>
   <translation>peut-être coupé</translation>
  </message>
  <message>
   <source>near copy of a training case</source>
   <translation>presque un cas d’entraînement</translation>
  </message>
  <message>
   <source>scan looks unreal</source>
   <translation>examen peu réaliste</translation>
  </message>
  <message>
   <source>surface unlike real ones</source>
   <translation>surface peu réaliste</translation>
  </message>
  <message>
   <source>torn vessel</source>
   <translation>vaisseau déchiré</translation>
  </message>
  <message>
   <source>unusual request</source>
   <translation>demande inhabituelle</translation>
  </message>
  <message>
   <source>Warning: the organ reaches the border of its cube and may be cut off there.</source>
   <translation>Attention : l’organe atteint le bord de son cube et y est peut-être coupé.</translation>
  </message>
  <message>
   <source>All candidates share {common} mL of the {any} mL that any of them fills</source>
   <translation>Tous les candidats partagent {common} mL des {any} mL que l’un d’eux remplit</translation>
  </message>
  <message>
   <source>Its report.json could not be read, so that its numbers are unknown.</source>
   <translation>Son report.json n’a pas pu être lu, ses nombres sont donc inconnus.</translation>
  </message>
  <message>
   <source>In the training cases of the {whose} it lies between {low} and {high}.</source>
   <translation>Dans les cas d’entraînement ({whose}), la valeur est entre {low} et {high}.</translation>
  </message>
  <message>
   <source>structure</source>
   <translation>structure</translation>
  </message>
  <message>
   <source>1 number off</source>
   <translation>1 nombre à côté</translation>
  </message>
  <message>
   <source>Warning: the scan does not look real: {parts}.</source>
   <translation>Attention : l’examen ne paraît pas réel : {parts}.</translation>
  </message>
  <message>
   <source>{value} instead of {low} to {high}{unit}</source>
   <translation>{value} au lieu de {low} à {high}{unit}</translation>
  </message>
  <message>
   <source>{value} instead of at least {low}{unit}</source>
   <translation>{value} au lieu d’au moins {low}{unit}</translation>
  </message>
  <message>
   <source>{value} instead of at most {high}{unit}</source>
   <translation>{value} au lieu d’au plus {high}{unit}</translation>
  </message>
  <message>
   <source>{sentence} (mean Dice {dice:.2f}).</source>
   <translation>{sentence} (Dice moyen {dice:.2f}).</translation>
  </message>
  <message>
   <source> The outlines lie {apart_mm:.1f} mm apart on average.</source>
   <translation> Les contours sont distants de {apart_mm:.1f} mm en moyenne.</translation>
  </message>
  <message>
   <source>{sentence} What was asked lies outside.</source>
   <translation>{sentence} Ce qui a été demandé est en dehors.</translation>
  </message>
  <message>
   <source>{count:.0f} pieces</source>
   <translation>{count:.0f} morceaux</translation>
  </message>
  <message>
   <source>Warning: it is nearly a copy of the training case '{case}'.</source>
   <translation>Attention : c’est presque une copie du cas d’entraînement « {case} ».</translation>
  </message>
  <message>
   <source>Warning: {text}</source>
   <translation>Attention : {text}</translation>
  </message>
  <message>
   <source>no report</source>
   <translation>aucun rapport</translation>
  </message>
  <message>
   <source>exact</source>
   <translation>exact</translation>
  </message>
  <message>
   <source>{count} numbers off</source>
   <translation>{count} nombres à côté</translation>
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
   <translation>Le meilleur candidat a le rang 1</translation>
  </message>
  <message>
   <source>Organ</source>
   <translation>Organe</translation>
  </message>
  <message>
   <source>Click an organ to see what was asked of it and measured on it</source>
   <translation>Cliquer sur un organe pour voir ce qui a été demandé et mesuré</translation>
  </message>
  <message>
   <source>Score</source>
   <translation>Note</translation>
  </message>
  <message>
   <source>How well it meets the request, 0 to 1; the ranking goes by it</source>
   <translation>Comment il répond à la demande, de 0 à 1 ; le classement la suit</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Esquisse</translation>
  </message>
  <message>
   <source>Overlap (intersection over union) with what was drawn, 0 to 1; of several drawings the worst</source>
   <translation>Recouvrement (intersection sur union) avec le dessin, de 0 à 1 ; de plusieurs dessins le pire</translation>
  </message>
  <message>
   <source>Volume %</source>
   <translation>Volume %</translation>
  </message>
  <message>
   <source>Measured volume minus the asked one, in percent of the asked one; – where none was asked</source>
   <translation>Volume mesuré moins volume demandé, en pour cent du demandé ; – si aucun ne l’était</translation>
  </message>
  <message>
   <source>Warnings</source>
   <translation>Alertes</translation>
  </message>
  <message>
   <source>What calls for a look, in a few words; sentences stand below the table</source>
   <translation>Ce qui mérite un regard, en quelques mots ; les phrases sont sous le tableau</translation>
  </message>
  <message>
   <source>Number</source>
   <translation>Nombre</translation>
  </message>
  <message>
   <source>Which number</source>
   <translation>Quel nombre</translation>
  </message>
  <message>
   <source>Asked</source>
   <translation>Demandé</translation>
  </message>
  <message>
   <source>What was asked</source>
   <translation>Ce qui a été demandé</translation>
  </message>
  <message>
   <source>Measured</source>
   <translation>Mesuré</translation>
  </message>
  <message>
   <source>What the mask has</source>
   <translation>Ce qu’a le masque</translation>
  </message>
  <message>
   <source>Error</source>
   <translation>Écart</translation>
  </message>
  <message>
   <source>Measured minus asked; in percent for volumes, areas and lengths</source>
   <translation>Mesuré moins demandé ; en pour cent pour volumes, aires et longueurs</translation>
  </message>
  <message>
   <source>Result</source>
   <translation>Résultat</translation>
  </message>
  <message>
   <source>met: within the tolerance. off: outside of it. unknown: could not be measured</source>
   <translation>atteint : dans la tolérance. à côté : en dehors. inconnu : non mesurable</translation>
  </message>
  <message>
   <source>The candidates of the last run. Click a row to see that candidate; click a head to sort.</source>
   <translation>Les candidats du dernier calcul. Cliquer sur une ligne montre ce candidat, sur un titre trie.</translation>
  </message>
  <message>
   <source>What was asked beside what was measured on the selected candidate, the farthest off first.</source>
   <translation>Ce qui a été demandé à côté de ce qui a été mesuré sur le candidat choisi, le plus éloigné d’abord.</translation>
  </message>
  <message>
   <source>Also list what was measured on this candidate without being asked.</source>
   <translation>Montrer aussi ce qui a été mesuré sur ce candidat sans être demandé.</translation>
  </message>
  <message>
   <source>Candidates</source>
   <translation>Candidats</translation>
  </message>
  <message>
   <source>Asked and measured</source>
   <translation>Demandé et mesuré</translation>
  </message>
  <message>
   <source>Show numbers that were not asked</source>
   <translation>Montrer les nombres non demandés</translation>
  </message>
  <message>
   <source>No number was asked and nothing was drawn: there is nothing to compare.</source>
   <translation>Aucun nombre n’a été demandé et rien n’a été dessiné : il n’y a rien à comparer.</translation>
  </message>
  <message>
   <source>none</source>
   <translation>aucune</translation>
  </message>
  <message>
   <source>Nothing calls for a look.</source>
   <translation>Rien ne mérite un regard.</translation>
  </message>
  <message>
   <source>{title}: {measured} of {asked} asked, allowed {allowed}. {tip}</source>
   <translation>{title} : {measured} pour {asked} demandé, permis {allowed}. {tip}</translation>
  </message>
 </context>
 <context>
  <name>session.controller</name>
  <message>
   <source>The run was stopped because the scene was closed.</source>
   <translation>Le calcul a été arrêté parce que la scène a été fermée.</translation>
  </message>
  <message>
   <source>The run was stopped because packages are being installed.</source>
   <translation>Le calcul a été arrêté parce que des paquets sont installés.</translation>
  </message>
  <message>
   <source>There is no result yet: click Apply first.</source>
   <translation>Pas encore de résultat : cliquer d’abord sur Appliquer.</translation>
  </message>
  <message>
   <source>Asking the service …</source>
   <translation>Le service est interrogé …</translation>
  </message>
  <message>
   <source>A run goes on already.</source>
   <translation>Un calcul est déjà en cours.</translation>
  </message>
  <message>
   <source>Cancel it first, or wait for its end.</source>
   <translation>L’annuler d’abord, ou attendre sa fin.</translation>
  </message>
  <message>
   <source>Use it for {organ}</source>
   <translation>L’utiliser pour : {organ}</translation>
  </message>
  <message>
   <source>Back to {organ}</source>
   <translation>Revenir à : {organ}</translation>
  </message>
 </context>
 <context>
  <name>session.draft</name>
  <message>
   <source>No draft: {message} {hint}</source>
   <translation>Pas d’ébauche : {message} {hint}</translation>
  </message>
 </context>
 <context>
  <name>session.files</name>
  <message>
   <source>Exported {count} files to {folder}.</source>
   <translation>{count} fichiers exportés vers {folder}.</translation>
  </message>
  <message>
   <source>The segment is empty.</source>
   <translation>Le segment est vide.</translation>
  </message>
  <message>
   <source>Exported 1 file to {folder}.</source>
   <translation>1 fichier exporté vers {folder}.</translation>
  </message>
  <message>
   <source>Choose another, or paint something into it.</source>
   <translation>En choisir un autre, ou y peindre quelque chose.</translation>
  </message>
  <message>
   <source>Choose another temporary folder in Slicer's settings.</source>
   <translation>Choisir un autre dossier temporaire dans les réglages de Slicer.</translation>
  </message>
  <message>
   <source>Is the disk full?</source>
   <translation>Le disque est-il plein ?</translation>
  </message>
  <message>
   <source>'{folder}' cannot be made ({reason}).</source>
   <translation>« {folder} » ne peut pas être créé ({reason}).</translation>
  </message>
  <message>
   <source>'{place}' cannot be written ({reason}).</source>
   <translation>« {place} » ne peut pas être écrit ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>session.gallery</name>
  <message>
   <source>The files of that result were tidied away: the newest eight are kept.</source>
   <translation>Les fichiers de ce résultat ont été rangés : les huit plus récents sont gardés.</translation>
  </message>
  <message>
   <source>No picture of a result: {message}</source>
   <translation>Pas d’image d’un résultat : {message}</translation>
  </message>
 </context>
 <context>
  <name>session.organs</name>
  <message>
   <source>The {organ} is in the list already: it is shown now.</source>
   <translation>Déjà dans la liste, montré maintenant : {organ}.</translation>
  </message>
  <message>
   <source>The {organ} is in the list again: what was removed of it stays away.</source>
   <translation>De nouveau dans la liste : {organ}. Ce qui en a été retiré ne revient pas.</translation>
  </message>
  <message>
   <source>The {organ} was taken out, with its drawings and numbers. 'Bring back' undoes it.</source>
   <translation>Retiré, avec dessins et nombres : {organ}. « Ramener » annule cela.</translation>
  </message>
  <message>
   <source>Add an organ to the request: it gets drawings, numbers and words of its own; choose its structure here.</source>
   <translation>Ajoute un organe à la demande : il a ses propres dessins, nombres et mots ; sa structure se choisit ici.</translation>
  </message>
  <message>
   <source>There is no other organ that one scan of this kind can show.</source>
   <translation>Il n’y a pas d’autre organe qu’un examen de ce type puisse montrer.</translation>
  </message>
  <message>
   <source>A request holds at most 16 organs.</source>
   <translation>Une demande contient au plus 16 organes.</translation>
  </message>
 </context>
 <context>
  <name>session.preview</name>
  <message>
   <source>The preview '{file}' is gone.</source>
   <translation>L’aperçu « {file} » a disparu.</translation>
  </message>
  <message>
   <source>The preview '{file}' cannot be read.</source>
   <translation>L’aperçu « {file} » ne peut pas être lu.</translation>
  </message>
 </context>
 <context>
  <name>session.request</name>
  <message>
   <source>There is nothing drawn, and numbers and words do not tell the course of a vessel.</source>
   <translation>Rien n’est dessiné, et nombres et mots ne disent pas le trajet d’un vaisseau.</translation>
  </message>
  <message>
   <source>Draw the outline on the sketch, or take it from a segment with 'Extract from segment'.</source>
   <translation>Dessiner le contour sur l’esquisse, ou le prendre d’un segment avec « Extraire du segment ».</translation>
  </message>
  <message>
   <source>The files of the former result are gone.</source>
   <translation>Les fichiers du résultat précédent ont disparu.</translation>
  </message>
  <message>
   <source>Generate it anew with Apply.</source>
   <translation>Le générer à nouveau avec Appliquer.</translation>
  </message>
  <message>
   <source>The segment could not be kept in a file.</source>
   <translation>Le segment n’a pas pu être gardé dans un fichier.</translation>
  </message>
  <message>
   <source>Is the disk full?</source>
   <translation>Le disque est-il plein ?</translation>
  </message>
  <message>
   <source>The layout could not be kept in a file.</source>
   <translation>Le plan n’a pas pu être gardé dans un fichier.</translation>
  </message>
  <message>
   <source>This sketch was begun for the structure '{drawn_title}', and '{chosen_title}' is chosen now. Use it for that?</source>
   <translation>Cette esquisse a été commencée pour « {drawn_title} », et « {chosen_title} » est choisi maintenant. L’utiliser pour cela ?</translation>
  </message>
  <message>
   <source>Take some out, and ask for them apart.</source>
   <translation>En retirer quelques-uns, et les demander à part.</translation>
  </message>
  <message>
   <source>Generate on this computer instead.</source>
   <translation>Générer plutôt sur cet ordinateur.</translation>
  </message>
  <message>
   <source>One scan cannot show all of them: {told}.</source>
   <translation>Un seul examen ne peut pas tous les montrer : {told}.</translation>
  </message>
  <message>
   <source>'{name}' has {size:.0f} MB, a server takes at most 32 MB.</source>
   <translation>« {name} » fait {size:.0f} Mo, un serveur en accepte 32 au plus.</translation>
  </message>
 </context>
 <context>
  <name>session.results</name>
  <message>
   <source>The files of the last result are no longer on this computer; its nodes are in the scene as they were saved.</source>
   <translation>Les fichiers du dernier résultat ne sont plus sur cet ordinateur ; ses nœuds sont dans la scène tels qu’enregistrés.</translation>
  </message>
  <message>
   <source>You had edited the mask: it is kept as '{name}'.</source>
   <translation>Le masque avait été modifié : il est gardé sous « {name} ».</translation>
  </message>
  <message>
   <source>The nodes of this candidate were deleted; click the candidate to make them again.</source>
   <translation>Les nœuds de ce candidat ont été supprimés ; cliquer sur le candidat pour les refaire.</translation>
  </message>
  <message>
   <source>The mask is as it came.</source>
   <translation>Le masque est tel qu’il est venu.</translation>
  </message>
  <message>
   <source>Change it in the Segment Editor first, then click again.</source>
   <translation>Le modifier d’abord dans l’éditeur de segments, puis cliquer à nouveau.</translation>
  </message>
  <message>
   <source>No layout is shown.</source>
   <translation>Aucun plan n’est montré.</translation>
  </message>
  <message>
   <source>In the scene: </source>
   <translation>Dans la scène : </translation>
  </message>
  <message>
   <source>Tick 'Show the layout' first.</source>
   <translation>Cocher d’abord « Montrer les alentours ».</translation>
  </message>
  <message>
   <source>Exporting to {folder} …</source>
   <translation>Exportation vers {folder} …</translation>
  </message>
 </context>
 <context>
  <name>session.run</name>
  <message>
   <source>Writing the segment …</source>
   <translation>Écriture du segment …</translation>
  </message>
  <message>
   <source>The run was cancelled. The sketch and the numbers are as they were.</source>
   <translation>Le calcul a été annulé. Esquisse et nombres sont comme avant.</translation>
  </message>
  <message>
   <source>Loading the networks</source>
   <translation>Chargement des réseaux</translation>
  </message>
  <message>
   <source>Drawing the mask</source>
   <translation>Dessin du masque</translation>
  </message>
  <message>
   <source>Measuring</source>
   <translation>Mesure</translation>
  </message>
  <message>
   <source>Drawing what lies around</source>
   <translation>Dessin des alentours</translation>
  </message>
  <message>
   <source>Drawing the CT volume</source>
   <translation>Dessin du volume CT</translation>
  </message>
  <message>
   <source>Writing files</source>
   <translation>Écriture des fichiers</translation>
  </message>
  <message>
   <source>Stopping …</source>
   <translation>Arrêt en cours …</translation>
  </message>
  <message>
   <source>Starting …</source>
   <translation>Démarrage …</translation>
  </message>
  <message>
   <source>Waiting: {ahead} before this one.</source>
   <translation>En attente : {ahead} avant.</translation>
  </message>
  <message>
   <source>Runs on {device}{reason}.</source>
   <translation>Calcule sur {device}{reason}.</translation>
  </message>
 </context>
 <context>
  <name>session.slices</name>
  <message>
   <source>No slice view is open: choose a layout with slice views first.</source>
   <translation>Aucune vue de coupe n’est ouverte : choisir d’abord une disposition avec des vues de coupe.</translation>
  </message>
  <message>
   <source>Draw in a slice view with the left button: a contour on the slice that it shows. Esc ends it.</source>
   <translation>Dessiner dans une vue de coupe avec le bouton gauche : un contour sur la coupe montrée. Échap y met fin.</translation>
  </message>
  <message>
   <source>No scan is shown: the slice views are moved to where the sketch lies.</source>
   <translation>Aucun examen n’est montré : les vues de coupe vont là où se trouve l’esquisse.</translation>
  </message>
  <message>
   <source>No contours in the views: {message}</source>
   <translation>Pas de contours dans les vues : {message}</translation>
  </message>
 </context>
 <context>
  <name>session.window</name>
  <message>
   <source>Sketch2CT needs a few Python packages that are not installed yet: click 'Install' under Setup.</source>
   <translation>Sketch2CT a besoin de quelques paquets Python qui manquent encore : cliquer sur « Installer » sous Installation.</translation>
  </message>
  <message>
   <source>For research, not for diagnosis. Every result is synthetic and named so.</source>
   <translation>Pour la recherche, pas pour le diagnostic. Tout résultat est synthétique et nommé ainsi.</translation>
  </message>
  <message>
   <source>&lt;p&gt;&lt;b&gt;Sketch2CT {version}&lt;/b&gt; draws an organ in 3D from a sketch and its geometry in words and numbers, and a CT volume that fits it.&lt;/p&gt;&lt;p&gt;After the method of Sketch2CT (CVPR 2026, &lt;a href="https://arxiv.org/abs/2603.22509"&gt;arXiv:2603.22509&lt;/a&gt;).&lt;/p&gt;&lt;p&gt;{research}&lt;/p&gt;&lt;p&gt;Nothing leaves this computer unless you choose a server or a language model yourself.&lt;/p&gt;</source>
   <translation>&lt;p&gt;&lt;b&gt;Sketch2CT {version}&lt;/b&gt; dessine un organe en 3D d’après une esquisse et sa géométrie en mots et en nombres, et un volume CT qui lui correspond.&lt;/p&gt;&lt;p&gt;D’après la méthode Sketch2CT (CVPR 2026, &lt;a href="https://arxiv.org/abs/2603.22509"&gt;arXiv:2603.22509&lt;/a&gt;).&lt;/p&gt;&lt;p&gt;{research}&lt;/p&gt;&lt;p&gt;Rien ne quitte cet ordinateur tant qu’aucun serveur ni modèle de langage n’est choisi.&lt;/p&gt;</translation>
  </message>
  <message>
   <source>Take some out, and ask for them apart.</source>
   <translation>En retirer quelques-uns, et les demander à part.</translation>
  </message>
  <message>
   <source>No model knows all of them: {titles}.</source>
   <translation>Aucun modèle ne les connaît tous : {titles}.</translation>
  </message>
 </context>
 <context>
  <name>setup.card</name>
  <message>
   <source>{model}: no card came with it. Parts: {parts}. Use: {use}.</source>
   <translation>{model} : sans fiche. Parties : {parts}. Usage : {use}.</translation>
  </message>
  <message>
   <source>What it was trained on, how well it does, its limits.</source>
   <translation>Sur quoi il a été entraîné, ce qu’il vaut, ses limites.</translation>
  </message>
  <message>
   <source>Show the whole card</source>
   <translation>Montrer toute la fiche</translation>
  </message>
  <message>
   <source>Model card</source>
   <translation>Fiche du modèle</translation>
  </message>
  <message>
   <source>draws masks</source>
   <translation>dessine des masques</translation>
  </message>
  <message>
   <source>checks volumes: it finds the organ again</source>
   <translation>vérifie les volumes : il y retrouve l’organe</translation>
  </message>
  <message>
   <source>The card as a file</source>
   <translation>La fiche en fichier</translation>
  </message>
  <message>
   <source>What the selected model draws and for what it may be used.</source>
   <translation>Ce que dessine le modèle choisi et à quoi il peut servir.</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>inconnu</translation>
  </message>
 </context>
 <context>
  <name>setup.environment</name>
  <message>
   <source>Everything that Sketch2CT needs is installed.</source>
   <translation>Tout ce dont Sketch2CT a besoin est installé.</translation>
  </message>
  <message>
   <source>{count} of {all} packages have to be installed: {names}. Click 'Install'.</source>
   <translation>{count} paquets sur {all} doivent être installés : {names}. Cliquer sur « Installer ».</translation>
  </message>
  <message>
   <source>The PyTorch extension ended without installing PyTorch.</source>
   <translation>L’extension PyTorch s’est terminée sans installer PyTorch.</translation>
  </message>
  <message>
   <source>PyTorch is missing, and pip is not asked for it.</source>
   <translation>PyTorch manque, et pip n’est pas chargé de l’installer.</translation>
  </message>
  <message>
   <source>Try it there first.</source>
   <translation>Essayer d’abord là-bas.</translation>
  </message>
  <message>
   <source>Click 'Install' again.</source>
   <translation>Cliquer de nouveau sur « Installer ».</translation>
  </message>
  <message>
   <source> and {count} more</source>
   <translation> et {count} autres</translation>
  </message>
 </context>
 <context>
  <name>setup.install</name>
  <message>
   <source>It failed for a reason that is not known here: see the log's last lines, then click 'Repair'.</source>
   <translation>L’échec a une cause inconnue ici : voir les dernières lignes du journal, puis cliquer sur « Réparer ».</translation>
  </message>
  <message>
   <source>The PyTorch extension is missing: install 'PyTorch' in the Extensions Manager, restart Slicer, then click 'Install' again.</source>
   <translation>L’extension PyTorch manque : installer « PyTorch » dans le gestionnaire d’extensions, redémarrer Slicer, puis cliquer de nouveau sur « Installer ».</translation>
  </message>
  <message>
   <source>Python packages</source>
   <translation>Paquets Python</translation>
  </message>
  <message>
   <source>their files anew</source>
   <translation>leurs fichiers à neuf</translation>
  </message>
  <message>
   <source>The disk is full: free at least 8 GB on the disk of Slicer, then click 'Install' again.</source>
   <translation>Le disque est plein : libérer au moins 8 Go sur celui de Slicer, puis cliquer de nouveau sur « Installer ».</translation>
  </message>
  <message>
   <source>Files are in use or may not be written: close other Slicer windows, restart Slicer, then click 'Repair'.</source>
   <translation>Des fichiers sont utilisés ou protégés : fermer les autres fenêtres de Slicer, redémarrer Slicer, puis cliquer sur « Réparer ».</translation>
  </message>
  <message>
   <source>The proxy refused the download: set HTTPS_PROXY with your name and password, or install offline.</source>
   <translation>Le proxy a refusé le téléchargement : définir HTTPS_PROXY avec nom et mot de passe, ou installer hors ligne.</translation>
  </message>
  <message>
   <source>The download's certificate was refused: ask your administrator for the right one, or install offline.</source>
   <translation>Le certificat a été refusé : demander le bon à l’administrateur, ou installer hors ligne.</translation>
  </message>
  <message>
   <source>The download broke off: check the network, then click 'Install' again, or install offline.</source>
   <translation>Le téléchargement s’est interrompu : vérifier le réseau, puis cliquer de nouveau sur « Installer », ou installer hors ligne.</translation>
  </message>
  <message>
   <source>A download was damaged: click 'Install' again.</source>
   <translation>Un téléchargement était abîmé : cliquer de nouveau sur « Installer ».</translation>
  </message>
  <message>
   <source>A package is not to be had for this Python or in this wheelhouse: see the log for its name.</source>
   <translation>Un paquet n’existe pas pour ce Python ou dans ce wheelhouse : le journal dit son nom.</translation>
  </message>
  <message>
   <source>Another extension holds a package at a version that does not fit: see the log for its name.</source>
   <translation>Une autre extension retient un paquet dans une version qui ne convient pas : le journal dit son nom.</translation>
  </message>
  <message>
   <source>A path is too long: install Slicer into a short path such as C:\Slicer.</source>
   <translation>Un chemin est trop long : installer Slicer dans un chemin court comme C:\Slicer.</translation>
  </message>
  <message>
   <source>Memory ran out: close other programs, then click 'Install' again.</source>
   <translation>La mémoire a manqué : fermer d’autres programmes, puis cliquer de nouveau sur « Installer ».</translation>
  </message>
  <message>
   <source>Installing {step} failed. {reason}</source>
   <translation>L’installation ({step}) a échoué. {reason}</translation>
  </message>
  <message>
   <source>The PyTorch extension downloads and installs PyTorch; Slicer does not answer for some minutes.</source>
   <translation>L’extension PyTorch télécharge et installe PyTorch ; Slicer ne répond pas pendant quelques minutes.</translation>
  </message>
  <message>
   <source>nothing more</source>
   <translation>plus rien</translation>
  </message>
  <message>
   <source>Removing the PyTorch that is there …</source>
   <translation>Suppression du PyTorch présent …</translation>
  </message>
  <message>
   <source>An installation was interrupted; still to be installed: {what}.</source>
   <translation>Une installation a été interrompue ; reste à installer : {what}.</translation>
  </message>
  <message>
   <source>Done.</source>
   <translation>Terminé.</translation>
  </message>
  <message>
   <source> and </source>
   <translation> et </translation>
  </message>
  <message>
   <source>Installing {step} …</source>
   <translation>Installation : {step} …</translation>
  </message>
  <message>
   <source>Remove it by hand.</source>
   <translation>Le supprimer à la main.</translation>
  </message>
  <message>
   <source>pip ended with code {code}.</source>
   <translation>pip s’est terminé avec le code {code}.</translation>
  </message>
  <message>
   <source>'{path}' cannot be removed ({reason}).</source>
   <translation>« {path} » ne peut pas être supprimé ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>setup.model_store</name>
  <message>
   <source>not told</source>
   <translation>non indiqué</translation>
  </message>
  <message>
   <source>Check the folder and free space.</source>
   <translation>Vérifier le dossier et la place libre.</translation>
  </message>
  <message>
   <source>'{path}' cannot be written ({reason}).</source>
   <translation>« {path} » ne peut pas être écrit ({reason}).</translation>
  </message>
  <message>
   <source>Choose the folder that holds model.json.</source>
   <translation>Choisir le dossier qui contient model.json.</translation>
  </message>
  <message>
   <source>Only models that you imported can be removed.</source>
   <translation>Seuls les modèles importés peuvent être supprimés.</translation>
  </message>
  <message>
   <source>Rename the folder: letters, digits, '-' and '_', at most 64.</source>
   <translation>Renommer le dossier : lettres, chiffres, « - » et « _ », 64 au plus.</translation>
  </message>
  <message>
   <source>Rename the folder, or remove the other model first.</source>
   <translation>Renommer le dossier, ou supprimer d’abord l’autre modèle.</translation>
  </message>
  <message>
   <source>Make room on the disk first.</source>
   <translation>Faire d’abord de la place sur le disque.</translation>
  </message>
  <message>
   <source>The weight file '{file}' is missing.</source>
   <translation>Le fichier de poids « {file} » manque.</translation>
  </message>
  <message>
   <source>Fetch the model again.</source>
   <translation>Se procurer le modèle à nouveau.</translation>
  </message>
  <message>
   <source>There is no model '{name}'.</source>
   <translation>Il n’y a pas de modèle « {name} ».</translation>
  </message>
  <message>
   <source>'{source}' is no folder.</source>
   <translation>« {source} » n’est pas un dossier.</translation>
  </message>
  <message>
   <source>'{name}' came with Sketch2CT and stays.</source>
   <translation>« {name} » est venu avec Sketch2CT et reste.</translation>
  </message>
  <message>
   <source>Stop the run, then try again.</source>
   <translation>Arrêter le calcul, puis réessayer.</translation>
  </message>
  <message>
   <source>'{name}' cannot be a model's name.</source>
   <translation>« {name} » ne peut pas être le nom d’un modèle.</translation>
  </message>
  <message>
   <source>There is a model '{name}' already.</source>
   <translation>Il y a déjà un modèle « {name} ».</translation>
  </message>
  <message>
   <source>The model needs {need}, but {free} are free.</source>
   <translation>Le modèle demande {need}, mais {free} sont libres.</translation>
  </message>
  <message>
   <source>Choose from: {names}.</source>
   <translation>Choisir parmi : {names}.</translation>
  </message>
  <message>
   <source>'{folder}' cannot be removed ({reason}).</source>
   <translation>« {folder} » ne peut pas être supprimé ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>setup.models</name>
  <message>
   <source>Import…</source>
   <translation>Importer…</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>Nom</translation>
  </message>
  <message>
   <source>The model's folder</source>
   <translation>Le dossier du modèle</translation>
  </message>
  <message>
   <source>Size</source>
   <translation>Taille</translation>
  </message>
  <message>
   <source>Of its weights</source>
   <translation>De ses poids</translation>
  </message>
  <message>
   <source>From</source>
   <translation>Origine</translation>
  </message>
  <message>
   <source>shipped: came with Sketch2CT and stays; imported: brought by you</source>
   <translation>fourni : venu avec Sketch2CT, il reste ; importé : apporté par l’utilisateur</translation>
  </message>
  <message>
   <source>Structures</source>
   <translation>Structures</translation>
  </message>
  <message>
   <source>What it was trained for</source>
   <translation>Ce pour quoi il a été entraîné</translation>
  </message>
  <message>
   <source>Choose a bundle</source>
   <translation>Choisir une archive</translation>
  </message>
  <message>
   <source>Bundles (*.zip)</source>
   <translation>Archives (*.zip)</translation>
  </message>
  <message>
   <source>Models</source>
   <translation>Modèles</translation>
  </message>
  <message>
   <source>The models at hand; select one to read its card.</source>
   <translation>Les modèles disponibles ; en choisir un pour lire sa fiche.</translation>
  </message>
  <message>
   <source>Copying and checking …</source>
   <translation>Copie et vérification …</translation>
  </message>
  <message>
   <source>shipped</source>
   <translation>fourni</translation>
  </message>
  <message>
   <source>imported</source>
   <translation>importé</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Retirer</translation>
  </message>
  <message>
   <source>Keep</source>
   <translation>Garder</translation>
  </message>
  <message>
   <source>Stopped: no model was imported.</source>
   <translation>Arrêté : aucun modèle n’a été importé.</translation>
  </message>
  <message>
   <source>Copies a model folder (model.json and .safetensors files) after checking every file.</source>
   <translation>Copie un dossier de modèle (model.json et fichiers .safetensors) après avoir vérifié chaque fichier.</translation>
  </message>
  <message>
   <source>Bundle…</source>
   <translation>Archive…</translation>
  </message>
  <message>
   <source>Unpacks a model from one file (sketch2ct models export) after checking all that is in it.</source>
   <translation>Déballe un modèle d’un seul fichier (sketch2ct models export) après avoir tout vérifié.</translation>
  </message>
  <message>
   <source>Check files</source>
   <translation>Vérifier les fichiers</translation>
  </message>
  <message>
   <source>Compares the SHA-256 of every weight file with the one in model.json.</source>
   <translation>Compare le SHA-256 de chaque fichier de poids à celui de model.json.</translation>
  </message>
  <message>
   <source>Removes the selected model; those that came with Sketch2CT stay.</source>
   <translation>Supprime le modèle choisi ; ceux venus avec Sketch2CT restent.</translation>
  </message>
  <message>
   <source>✗ damaged</source>
   <translation>✗ abîmé</translation>
  </message>
  <message>
   <source>Remove the model '{name}' and its files from this computer?</source>
   <translation>Supprimer le modèle « {name} » et ses fichiers de cet ordinateur ?</translation>
  </message>
  <message>
   <source>Checking '{name}' …</source>
   <translation>Vérification de « {name} » …</translation>
  </message>
  <message>
   <source>Removing '{name}' …</source>
   <translation>Suppression de « {name} » …</translation>
  </message>
  <message>
   <source>'{name}' was imported; every file is as its model.json says.</source>
   <translation>« {name} » a été importé ; chaque fichier est comme le dit son model.json.</translation>
  </message>
  <message>
   <source>'{name}': {count} weight files are whole and unaltered.</source>
   <translation>« {name} » : {count} fichiers de poids sont entiers et intacts.</translation>
  </message>
  <message>
   <source>'{name}' was removed.</source>
   <translation>« {name} » a été supprimé.</translation>
  </message>
 </context>
 <context>
  <name>setup.packages</name>
  <message>
   <source>installed</source>
   <translation>installé</translation>
  </message>
  <message>
   <source>missing</source>
   <translation>manque</translation>
  </message>
  <message>
   <source>wrong version</source>
   <translation>mauvaise version</translation>
  </message>
  <message>
   <source>incomplete</source>
   <translation>incomplet</translation>
  </message>
  <message>
   <source>not installed</source>
   <translation>non installé</translation>
  </message>
  <message>
   <source>{version} is there, {specifier} is needed</source>
   <translation>{version} est là, il faut {specifier}</translation>
  </message>
  <message>
   <source>Reinstall Sketch2CT.</source>
   <translation>Réinstaller Sketch2CT.</translation>
  </message>
  <message>
   <source>needs {names}</source>
   <translation>a besoin de {names}</translation>
  </message>
  <message>
   <source>The list of needed packages '{path}' cannot be read ({reason}).</source>
   <translation>La liste des paquets nécessaires « {path} » ne peut pas être lue ({reason}).</translation>
  </message>
  <message>
   <source> and {count} more</source>
   <translation> et {count} autres</translation>
  </message>
 </context>
 <context>
  <name>setup.panel</name>
  <message>
   <source>Looking at packages, disk, memory and network …</source>
   <translation>Examen des paquets, du disque, de la mémoire et du réseau …</translation>
  </message>
  <message>
   <source>Asking the worker; its first start takes some ten seconds …</source>
   <translation>Le service est interrogé ; son premier démarrage prend une dizaine de secondes …</translation>
  </message>
  <message>
   <source>The device can be tested once the packages are installed.</source>
   <translation>L’appareil peut être testé une fois les paquets installés.</translation>
  </message>
  <message>
   <source>It cannot start yet:</source>
   <translation>Il ne peut pas encore commencer :</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>Close</source>
   <translation>Fermer</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>Commencer</translation>
  </message>
  <message>
   <source>All packages are installed again, into Slicer's own Python. This takes some minutes. Start?</source>
   <translation>Tous les paquets sont réinstallés dans le Python de Slicer. Cela prend quelques minutes. Commencer ?</translation>
  </message>
  <message>
   <source>Installing … see the log.</source>
   <translation>Installation … voir le journal.</translation>
  </message>
  <message>
   <source>Continue</source>
   <translation>Continuer</translation>
  </message>
  <message>
   <source>Forget it</source>
   <translation>Oublier</translation>
  </message>
  <message>
   <source>What the installation wrote.</source>
   <translation>Ce que l’installation a écrit.</translation>
  </message>
  <message>
   <source>What the installation wrote; can be copied.</source>
   <translation>Ce que l’installation a écrit ; peut être copié.</translation>
  </message>
  <message>
   <source>Nothing has to be installed. If something does not work all the same, click 'Repair'.</source>
   <translation>Rien n’est à installer. Si quelque chose ne marche pas pour autant, cliquer sur « Réparer ».</translation>
  </message>
  <message>
   <source>Into Slicer's own Python: {names}. This takes some minutes. Start?</source>
   <translation>Dans le Python de Slicer : {names}. Cela prend quelques minutes. Commencer ?</translation>
  </message>
  <message>
   <source>Install</source>
   <translation>Installer</translation>
  </message>
  <message>
   <source>Looks at disk, memory and network first, then asks, then installs what is missing.</source>
   <translation>Examine d’abord disque, mémoire et réseau, demande, puis installe ce qui manque.</translation>
  </message>
  <message>
   <source>Repair</source>
   <translation>Réparer</translation>
  </message>
  <message>
   <source>Installs all packages again, where something is broken; asks first.</source>
   <translation>Réinstalle tous les paquets quand quelque chose est cassé ; demande d’abord.</translation>
  </message>
  <message>
   <source>Test device</source>
   <translation>Tester l’appareil</translation>
  </message>
  <message>
   <source>Asks the worker which device computes: graphics card or processor.</source>
   <translation>Demande au service ce qui calcule : carte graphique ou processeur.</translation>
  </message>
  <message>
   <source>Refresh</source>
   <translation>Actualiser</translation>
  </message>
  <message>
   <source>Looks again at what is installed.</source>
   <translation>Regarde de nouveau ce qui est installé.</translation>
  </message>
  <message>
   <source> Restart Slicer: {names} was loaded in another version.</source>
   <translation> Redémarrer Slicer : {names} était chargé dans une autre version.</translation>
  </message>
  <message>
   <source>Installed.{again}</source>
   <translation>Installé.{again}</translation>
  </message>
 </context>
 <context>
  <name>setup.preflight</name>
  <message>
   <source>PyTorch is no longer made for Macs with Intel processors: use a server under Generate instead.</source>
   <translation>PyTorch n’est plus fait pour les Mac à processeur Intel : utiliser plutôt un serveur sous Générer.</translation>
  </message>
  <message>
   <source>The servers that packages are downloaded from can be reached.</source>
   <translation>Les serveurs d’où viennent les paquets sont joignables.</translation>
  </message>
  <message>
   <source>Free memory is unknown: about 4 GB are needed.</source>
   <translation>La mémoire libre est inconnue : il en faut environ 4 Go.</translation>
  </message>
  <message>
   <source>A proxy is set; whether it lets downloads through shows when they start.</source>
   <translation>Un proxy est défini ; s’il laisse passer se verra au téléchargement.</translation>
  </message>
  <message>
   <source>An NVIDIA graphics card was found: PyTorch comes as a GPU build, a download of 2 to 3 GB.</source>
   <translation>Une carte graphique NVIDIA a été trouvée : PyTorch vient en version GPU, un téléchargement de 2 à 3 Go.</translation>
  </message>
  <message>
   <source>PyTorch {version} is a CPU build, but this computer has an NVIDIA graphics card: click 'Repair' to replace it by a GPU build.</source>
   <translation>PyTorch {version} est une version CPU, mais cet ordinateur a une carte graphique NVIDIA : « Réparer » la remplace par une version GPU.</translation>
  </message>
  <message>
   <source>'{folder}' cannot be written: install Slicer into a folder of your own, or ask its administrator.</source>
   <translation>« {folder} » ne peut pas être écrit : installer Slicer dans un dossier à soi, ou demander à son administrateur.</translation>
  </message>
  <message>
   <source>'{folder}' is long or has unusual letters: if it fails, install Slicer into a short path.</source>
   <translation>« {folder} » est long ou a des lettres inhabituelles : en cas d’échec, installer Slicer dans un chemin court.</translation>
  </message>
  <message>
   <source>{free} of memory are free.</source>
   <translation>{free} de mémoire sont libres.</translation>
  </message>
  <message>
   <source>{names} cannot be reached: connect to the internet, set a proxy, or install offline.</source>
   <translation>Injoignables : {names}. Se connecter à internet, définir un proxy, ou installer hors ligne.</translation>
  </message>
  <message>
   <source>{gpu} was found: PyTorch computes without CUDA.</source>
   <translation>{gpu} trouvé : PyTorch calcule sans CUDA.</translation>
  </message>
  <message>
   <source>The wheelhouse has no wheel of {names}: add it as the help text says.</source>
   <translation>Il manque au wheelhouse un wheel de {names} : l’ajouter comme le dit l’aide.</translation>
  </message>
  <message>
   <source>{free} are free on the disk of Slicer, about {need} are needed: make room first.</source>
   <translation>{free} sont libres sur le disque de Slicer, il en faut environ {need} : faire d’abord de la place.</translation>
  </message>
  <message>
   <source>{free} of memory are free: close other programs, about 4 GB are needed.</source>
   <translation>{free} de mémoire sont libres : fermer d’autres programmes, il en faut environ 4 Go.</translation>
  </message>
  <message>
   <source>The wheelhouse holds {count} packages, all that are asked for among them.</source>
   <translation>Le wheelhouse contient {count} paquets, dont tous ceux demandés.</translation>
  </message>
  <message>
   <source>Python {python} is too old: use Slicer 5.12 or later.</source>
   <translation>Python {python} est trop ancien : utiliser Slicer 5.12 ou plus récent.</translation>
  </message>
  <message>
   <source>Slicer {slicer} is too old: install Slicer 5.12 or later.</source>
   <translation>Slicer {slicer} est trop ancien : installer Slicer 5.12 ou plus récent.</translation>
  </message>
  <message>
   <source>Python {python} is recent enough.</source>
   <translation>Python {python} est assez récent.</translation>
  </message>
  <message>
   <source>Free disk space is unknown: about {need} are needed.</source>
   <translation>La place libre est inconnue : il en faut environ {need}.</translation>
  </message>
  <message>
   <source>, about {need} are needed</source>
   <translation>, il en faut environ {need}</translation>
  </message>
  <message>
   <source>The wheelhouse '{folder}' is no folder: choose the one that holds the .whl files.</source>
   <translation>Le wheelhouse « {folder} » n’est pas un dossier : choisir celui qui contient les fichiers .whl.</translation>
  </message>
  <message>
   <source>{free} are free on the disk{needed}.</source>
   <translation>{free} sont libres sur le disque{needed}.</translation>
  </message>
 </context>
 <context>
  <name>setup.views</name>
  <message>
   <source>Without a network: take a computer with the same system and Python version. There run &lt;code&gt;pip download -d wheelhouse torch&lt;/code&gt; with PyTorch's own index for your graphics card, or for none, then &lt;code&gt;pip download -d wheelhouse --find-links wheelhouse -r requirements.txt&lt;/code&gt; with the list in Sketch2CT's Resources folder. Copy the folder here, choose it, click 'Install': pip runs with --no-index --find-links, and opens no connection. Models come as folders, see 'Import…'. Generating itself never needs a network.</source>
   <translation>Sans réseau : prendre un ordinateur du même système et de la même version de Python. Y lancer &lt;code&gt;pip download -d wheelhouse torch&lt;/code&gt; avec l’index de PyTorch pour la carte graphique, ou pour aucune, puis &lt;code&gt;pip download -d wheelhouse --find-links wheelhouse -r requirements.txt&lt;/code&gt; avec la liste du dossier Resources de Sketch2CT. Copier le dossier ici, le choisir, cliquer sur « Installer » : pip tourne avec --no-index --find-links et n’ouvre aucune connexion. Les modèles viennent en dossiers, voir « Importer… ». Générer ne demande jamais de réseau.</translation>
  </message>
  <message>
   <source>Package</source>
   <translation>Paquet</translation>
  </message>
  <message>
   <source>As the package registry spells it</source>
   <translation>Comme l’écrit le registre des paquets</translation>
  </message>
  <message>
   <source>Installed</source>
   <translation>Installé</translation>
  </message>
  <message>
   <source>The version that is there</source>
   <translation>La version présente</translation>
  </message>
  <message>
   <source>Wanted</source>
   <translation>Voulu</translation>
  </message>
  <message>
   <source>The versions that fit; any where nothing stands</source>
   <translation>Les versions qui conviennent ; toutes si rien n’est écrit</translation>
  </message>
  <message>
   <source>State</source>
   <translation>État</translation>
  </message>
  <message>
   <source>met: fits. off: has to be installed</source>
   <translation>atteint : convient. à côté : doit être installé</translation>
  </message>
  <message>
   <source>not running inside Slicer</source>
   <translation>hors de Slicer</translation>
  </message>
  <message>
   <source>not installed</source>
   <translation>non installé</translation>
  </message>
  <message>
   <source>The Python packages that Sketch2CT needs, what is missing first.</source>
   <translation>Les paquets Python dont Sketch2CT a besoin, ceux qui manquent d’abord.</translation>
  </message>
  <message>
   <source>A folder of .whl files that packages are installed from, without a network.</source>
   <translation>Un dossier de fichiers .whl d’où installer les paquets sans réseau.</translation>
  </message>
  <message>
   <source>Shows how a wheelhouse is made on a computer with a network.</source>
   <translation>Montre comment faire un wheelhouse sur un ordinateur avec réseau.</translation>
  </message>
  <message>
   <source>Free disk</source>
   <translation>Disque libre</translation>
  </message>
  <message>
   <source>Free memory</source>
   <translation>Mémoire libre</translation>
  </message>
  <message>
   <source>Graphics card</source>
   <translation>Carte graphique</translation>
  </message>
  <message>
   <source>Packages</source>
   <translation>Paquets</translation>
  </message>
  <message>
   <source>Offline installation</source>
   <translation>Installation hors ligne</translation>
  </message>
  <message>
   <source>Wheelhouse folder; empty: download</source>
   <translation>Dossier wheelhouse ; vide : télécharger</translation>
  </message>
  <message>
   <source>Pick the wheelhouse folder.</source>
   <translation>Choisir le dossier wheelhouse.</translation>
  </message>
  <message>
   <source>How to make one</source>
   <translation>Comment en faire un</translation>
  </message>
  <message>
   <source>Go on as the sentence above says.</source>
   <translation>Continuer comme le dit la phrase ci-dessus.</translation>
  </message>
  <message>
   <source>Nothing is changed.</source>
   <translation>Rien n’est changé.</translation>
  </message>
  <message>
   <source>none that PyTorch can use was found</source>
   <translation>aucune que PyTorch puisse utiliser</translation>
  </message>
  <message>
   <source>, {free} free</source>
   <translation>, {free} libres</translation>
  </message>
  <message>
   <source>, ready in {seconds:.1f} s</source>
   <translation>, prêt en {seconds:.1f} s</translation>
  </message>
  <message>
   <source>The worker computes on the processor although an NVIDIA card is there: click 'Repair'.</source>
   <translation>Le service calcule sur le processeur alors qu’une carte NVIDIA est là : cliquer sur « Réparer ».</translation>
  </message>
  <message>
   <source>The worker computes on {named}{more}.</source>
   <translation>Le service calcule sur {named}{more}.</translation>
  </message>
  <message>
   <source>Slicer brings it.</source>
   <translation>Slicer l’apporte.</translation>
  </message>
  <message>
   <source>Yes</source>
   <translation>Oui</translation>
  </message>
  <message>
   <source>No</source>
   <translation>Non</translation>
  </message>
  <message>
   <source>The worker answers{version}.</source>
   <translation>Le service répond{version}.</translation>
  </message>
  <message>
   <source>The worker computes on the processor{more}.</source>
   <translation>Le service calcule sur le processeur{more}.</translation>
  </message>
  <message>
   <source>{name} {version} fits.</source>
   <translation>{name} {version} convient.</translation>
  </message>
 </context>
 <context>
  <name>sketch.cuts</name>
  <message>
   <source>Remove one first.</source>
   <translation>En retirer un d’abord.</translation>
  </message>
  <message>
   <source>A request holds at most {most} contours.</source>
   <translation>Une demande contient au plus {most} contours.</translation>
  </message>
 </context>
 <context>
  <name>sketch.drawing_list</name>
  <message>
   <source>{drawing} (empty)</source>
   <translation>{drawing} (vide)</translation>
  </message>
  <message>
   <source>The organ as it is seen from this side: its outline, wherever the paper lies in depth.</source>
   <translation>L’organe vu de ce côté : son contour, où que soit la feuille en profondeur.</translation>
  </message>
  <message>
   <source>The cut through the organ on this slice.</source>
   <translation>La coupe de l’organe sur ce plan.</translation>
  </message>
  <message>
   <source>The drawings of this request. Click one to draw on it (PgUp and PgDown on the paper); what the others say is shown in green.</source>
   <translation>Les dessins de cette demande. Cliquer sur l’un pour y dessiner (PgPréc et PgSuiv sur la feuille) ; ce que disent les autres est montré en vert.</translation>
  </message>
  <message>
   <source>Drawings</source>
   <translation>Dessins</translation>
  </message>
  <message>
   <source>Draw contours on the slice views</source>
   <translation>Dessiner des contours dans les vues de coupe</translation>
  </message>
  <message>
   <source>View of the drawing</source>
   <translation>Vue du dessin</translation>
  </message>
  <message>
   <source>Position of the slice</source>
   <translation>Position de la coupe</translation>
  </message>
  <message>
   <source>Where the slice lies, in mm of the patient as Slicer tells them: R, A or S.</source>
   <translation>Où se trouve la coupe, en mm du patient comme Slicer les donne : R, A ou S.</translation>
  </message>
  <message>
   <source>Add view</source>
   <translation>Ajouter une vue</translation>
  </message>
  <message>
   <source>Draw the organ from a further side, at right angles: it decides what the first leaves open. Key: V.</source>
   <translation>Dessiner l’organe d’un autre côté, à angle droit : il décide de ce que le premier laisse ouvert. Touche : V.</translation>
  </message>
  <message>
   <source>Add contour</source>
   <translation>Ajouter un contour</translation>
  </message>
  <message>
   <source>Draw the cut through the organ on a slice; its plane and position are chosen below. Key: C.</source>
   <translation>Dessiner la coupe de l’organe sur un plan ; plan et position se choisissent plus bas. Touche : C.</translation>
  </message>
  <message>
   <source>Draw on slices</source>
   <translation>Dessiner sur les coupes</translation>
  </message>
  <message>
   <source>Draw contours in the slice views themselves, each on the slice that the view shows (Alt+D): the left button draws there; Ctrl+Z undoes, Esc gives a line up, and once more ends it.</source>
   <translation>Dessiner des contours dans les vues de coupe, chacun sur la coupe montrée (Alt+D) : le bouton gauche y dessine ; Ctrl+Z annule, Échap abandonne un trait, et y met fin la seconde fois.</translation>
  </message>
  <message>
   <source>Show contours in the views</source>
   <translation>Contours dans les vues</translation>
  </message>
  <message>
   <source>Show the drawn contours as curves in the slice views, where they lie, and in the 3D view.</source>
   <translation>Montrer les contours dessinés comme courbes dans les vues de coupe, là où ils sont, et dans la vue 3D.</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>Retirer</translation>
  </message>
  <message>
   <source>Take the chosen drawing out of the request. Undo brings it back.</source>
   <translation>Retirer le dessin choisi de la demande. Annuler le ramène.</translation>
  </message>
  <message>
   <source>The side from which you draw. Lines that are drawn keep their place on the paper.</source>
   <translation>Le côté d’où l’on dessine. Les traits dessinés gardent leur place sur la feuille.</translation>
  </message>
  <message>
   <source>Slice at</source>
   <translation>Coupe à</translation>
  </message>
  <message>
   <source>View</source>
   <translation>Vue</translation>
  </message>
 </context>
 <context>
  <name>sketch.files</name>
  <message>
   <source>Drawings (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;All files (*)</source>
   <translation>Dessins (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.gif *.svg *.svgz *.json);;Tous les fichiers (*)</translation>
  </message>
  <message>
   <source>Sketches (*.json)</source>
   <translation>Esquisses (*.json)</translation>
  </message>
  <message>
   <source>The file does not tell how large its sheet is: give its longer edge in mm if this is not the size.</source>
   <translation>Le fichier ne dit pas la taille de sa feuille : donner son plus long côté en mm si ce n’est pas celle-ci.</translation>
  </message>
  <message>
   <source>Nothing is drawn here: draw something first, or choose another drawing in the list.</source>
   <translation>Rien n’est dessiné ici : dessiner d’abord quelque chose, ou choisir un autre dessin de la liste.</translation>
  </message>
  <message>
   <source>Import a drawing</source>
   <translation>Importer un dessin</translation>
  </message>
  <message>
   <source>Save the drawing</source>
   <translation>Enregistrer le dessin</translation>
  </message>
  <message>
   <source>Saved as '{path}': {title}.</source>
   <translation>Enregistré sous « {path} » : {title}.</translation>
  </message>
  <message>
   <source>This needs the Python package '{name}': click 'Install' under Setup.</source>
   <translation>Il faut pour cela le paquet Python « {name} » : cliquer sur « Installer » sous Installation.</translation>
  </message>
 </context>
 <context>
  <name>sketch.organ_list</name>
  <message>
   <source>Drawn: it will lie where its drawings lie.</source>
   <translation>Dessiné : il sera là où sont ses dessins.</translation>
  </message>
  <message>
   <source>Not drawn: it will lie where it usually does beside the others.</source>
   <translation>Non dessiné : il sera là où il est d’habitude à côté des autres.</translation>
  </message>
  <message>
   <source>The organs of this request. Click one to draw and describe it; Apply draws them all, and one scan of them.</source>
   <translation>Les organes de cette demande. Cliquer sur l’un pour le dessiner et le décrire ; Appliquer les dessine tous, et un examen qui les montre.</translation>
  </message>
  <message>
   <source>Organs</source>
   <translation>Organes</translation>
  </message>
  <message>
   <source>Remove organ</source>
   <translation>Retirer l’organe</translation>
  </message>
  <message>
   <source>Take the chosen organ out of the request, with its drawings and numbers. 'Bring back' undoes it.</source>
   <translation>Retirer l’organe choisi de la demande, avec ses dessins et nombres. « Ramener » annule cela.</translation>
  </message>
  <message>
   <source>Bring back</source>
   <translation>Ramener</translation>
  </message>
  <message>
   <source>Bring back the organ that was removed last, with its drawings and numbers.</source>
   <translation>Ramener l’organe retiré en dernier, avec ses dessins et nombres.</translation>
  </message>
  <message>
   <source>Show the others</source>
   <translation>Montrer les autres</translation>
  </message>
  <message>
   <source>Show the drawings of the other organs faintly behind, each in its colour, where they lie.</source>
   <translation>Montrer les dessins des autres organes en pâle derrière, chacun dans sa couleur, là où ils sont.</translation>
  </message>
  <message>
   <source>{title}, {count} drawings</source>
   <translation>{title}, {count} dessins</translation>
  </message>
  <message>
   <source>{title}, not drawn</source>
   <translation>{title}, non dessiné</translation>
  </message>
  <message>
   <source>{title}, 1 drawing</source>
   <translation>{title}, 1 dessin</translation>
  </message>
 </context>
 <context>
  <name>sketch.panel</name>
  <message>
   <source>The picture behind does not reach the paper: place the paper on a slice view that shows it.</source>
   <translation>L’image de fond n’atteint pas la feuille : poser la feuille sur une vue de coupe qui la montre.</translation>
  </message>
  <message>
   <source>There is nothing to take it from: open or make one first.</source>
   <translation>Il n’y a rien d’où le prendre : en ouvrir ou en faire un d’abord.</translation>
  </message>
  <message>
   <source>There is a contour on this slice already: it is shown now.</source>
   <translation>Il y a déjà un contour sur cette coupe : il est montré maintenant.</translation>
  </message>
  <message>
   <source>There is a drawing on the {view} view already: choose it in the list, then place it.</source>
   <translation>Il y a déjà un dessin dans cette vue ({view}) : le choisir dans la liste, puis le poser.</translation>
  </message>
  <message>
   <source>Paper</source>
   <translation>Feuille</translation>
  </message>
  <message>
   <source>The paper lies on the slice view now ({view}); the result appears where you draw.</source>
   <translation>La feuille est maintenant sur la vue de coupe ({view}) ; le résultat apparaît là où l’on dessine.</translation>
  </message>
  <message>
   <source>Draw the cut through the {title} on this slice</source>
   <translation>Dessiner la coupe sur ce plan : {title}</translation>
  </message>
  <message>
   <source>Draw the outline of the {title}</source>
   <translation>Dessiner le contour : {title}</translation>
  </message>
  <message>
   <source>Draw the {title} from here too</source>
   <translation>Dessiner aussi d’ici : {title}</translation>
  </message>
 </context>
 <context>
  <name>sketch.segment</name>
  <message>
   <source>The segment's cut is drawn.</source>
   <translation>La coupe du segment est dessinée.</translation>
  </message>
  <message>
   <source>Drawing the segment …</source>
   <translation>Le segment est en cours de dessin …</translation>
  </message>
  <message>
   <source>The segment is drawn; the paper lies around it.</source>
   <translation>Le segment est dessiné ; la feuille est autour de lui.</translation>
  </message>
 </context>
 <context>
  <name>sketch.sources</name>
  <message>
   <source>Outline</source>
   <translation>Contour</translation>
  </message>
  <message>
   <source>Main lines</source>
   <translation>Principaux</translation>
  </message>
  <message>
   <source>All lines</source>
   <translation>Tous</translation>
  </message>
  <message>
   <source>Extract from segment</source>
   <translation>Extraire du segment</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>Arrêter</translation>
  </message>
  <message>
   <source>How strongly the picture behind is shown, in percent.</source>
   <translation>Avec quelle force l’image de fond est montrée, en pour cent.</translation>
  </message>
  <message>
   <source>Opacity of the picture behind</source>
   <translation>Opacité de l’image de fond</translation>
  </message>
  <message>
   <source>Slice view</source>
   <translation>Vue de coupe</translation>
  </message>
  <message>
   <source>Detail of the drawing</source>
   <translation>Détail du dessin</translation>
  </message>
  <message>
   <source>Length of the longer edge of the imported sheet, in mm.</source>
   <translation>Longueur du plus long côté de la feuille importée, en mm.</translation>
  </message>
  <message>
   <source>Behind</source>
   <translation>Fond</translation>
  </message>
  <message>
   <source>Place</source>
   <translation>Lieu</translation>
  </message>
  <message>
   <source>Segment</source>
   <translation>Segment</translation>
  </message>
  <message>
   <source>File</source>
   <translation>Fichier</translation>
  </message>
  <message>
   <source>A picture behind the drawing: the slice or a projection of a volume or a segment.</source>
   <translation>Une image derrière le dessin : coupe ou projection d’un volume ou d’un segment.</translation>
  </message>
  <message>
   <source>The slice view that a paper is laid on.</source>
   <translation>La vue de coupe sur laquelle une feuille est posée.</translation>
  </message>
  <message>
   <source>Draw contour here</source>
   <translation>Dessiner un contour ici</translation>
  </message>
  <message>
   <source>Add the contour on the slice that this view shows now, and draw it: the cut through the organ there.</source>
   <translation>Ajouter le contour sur la coupe que montre cette vue, et le dessiner : la coupe de l’organe à cet endroit.</translation>
  </message>
  <message>
   <source>Place on slice view</source>
   <translation>Poser sur la vue</translation>
  </message>
  <message>
   <source>Lay the paper on that slice view: its plane and centre. The result appears where you draw. With a view all drawings move, a contour moves alone.</source>
   <translation>Poser la feuille sur cette vue de coupe : son plan et son centre. Le résultat apparaît là où l’on dessine. Avec une vue tous les dessins suivent, un contour va seul.</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>Remettre</translation>
  </message>
  <message>
   <source>Lay a view back where it lay at first, and all drawings with it; a contour back through their middle.</source>
   <translation>Remettre une vue là où elle était d’abord, et tous les dessins avec elle ; un contour au milieu d’eux.</translation>
  </message>
  <message>
   <source>The segment that is drawn.</source>
   <translation>Le segment qui est dessiné.</translation>
  </message>
  <message>
   <source>How much of the inside is drawn: none, the main folds, or all that is seen.</source>
   <translation>Ce qui est dessiné de l’intérieur : rien, les plis principaux, ou tout ce qui se voit.</translation>
  </message>
  <message>
   <source>Draw the segment as it is seen from each view of the list; where a contour is chosen, its cut there.</source>
   <translation>Dessiner le segment tel qu’il est vu de chaque vue de la liste ; si un contour est choisi, sa coupe là.</translation>
  </message>
  <message>
   <source>Import picture…</source>
   <translation>Importer une image…</translation>
  </message>
  <message>
   <source>Read a drawing from a file: PNG, JPEG, WebP, TIFF or GIF (also a photo of a sheet), SVG, or a sketch that was saved as JSON, which knows whether it is a view or a contour and where it lies.</source>
   <translation>Lire un dessin d’un fichier : PNG, JPEG, WebP, TIFF ou GIF (aussi la photo d’une feuille), SVG, ou une esquisse enregistrée en JSON, qui sait si elle est vue ou contour et où elle se trouve.</translation>
  </message>
  <message>
   <source>Save…</source>
   <translation>Enregistrer…</translation>
  </message>
  <message>
   <source>Write the chosen drawing into a file (JSON), with the place where it lies, for later or for sketch2ct.</source>
   <translation>Écrire le dessin choisi dans un fichier (JSON), avec sa place, pour plus tard ou pour sketch2ct.</translation>
  </message>
  <message>
   <source>Use</source>
   <translation>Utiliser</translation>
  </message>
  <message>
   <source>Read the file again with a sheet of this size.</source>
   <translation>Relire le fichier avec une feuille de cette taille.</translation>
  </message>
  <message>
   <source>Longer edge of the sheet</source>
   <translation>Plus long côté de la feuille</translation>
  </message>
  <message>
   <source>Nothing</source>
   <translation>Rien</translation>
  </message>
 </context>
 <context>
  <name>sketch.toolbar</name>
  <message>
   <source>Diameter of the eraser in mm; the keys , and . make it smaller and larger.</source>
   <translation>Diamètre de la gomme en mm ; les touches , et . la rendent plus petite et plus grande.</translation>
  </message>
  <message>
   <source>Pen</source>
   <translation>Stylo</translation>
  </message>
  <message>
   <source>draw freehand. A line that comes back to its start closes, one that begins at an open end goes on.</source>
   <translation>dessiner à main levée. Un trait qui revient à son début se ferme, un trait qui commence à un bout libre le continue.</translation>
  </message>
  <message>
   <source>Straight line</source>
   <translation>Trait droit</translation>
  </message>
  <message>
   <source>drag from end to end. Ends snap to open ends; Shift keeps to steps of 45°.</source>
   <translation>tirer d’un bout à l’autre. Les bouts s’accrochent aux bouts libres ; Maj garde des pas de 45°.</translation>
  </message>
  <message>
   <source>Eraser</source>
   <translation>Gomme</translation>
  </message>
  <message>
   <source>rub lines out. A pen's other end does the same. Size in mm beside.</source>
   <translation>effacer des traits. L’autre bout d’un stylet fait de même. Taille en mm à côté.</translation>
  </message>
  <message>
   <source>Move</source>
   <translation>Déplacer</translation>
  </message>
  <message>
   <source>drag a line. Beside all lines, or with Shift, the whole drawing moves.</source>
   <translation>tirer un trait. À côté de tous les traits, ou avec Maj, tout le dessin suit.</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>Annuler</translation>
  </message>
  <message>
   <source>take the last edit back.</source>
   <translation>retirer la dernière modification.</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>Rétablir</translation>
  </message>
  <message>
   <source>bring back what was undone.</source>
   <translation>ramener ce qui a été annulé.</translation>
  </message>
  <message>
   <source>Smooth</source>
   <translation>Lisser</translation>
  </message>
  <message>
   <source>take the tremble out of all lines; their size stays.</source>
   <translation>ôter le tremblement de tous les traits ; leur taille reste.</translation>
  </message>
  <message>
   <source>Mirror</source>
   <translation>Refléter</translation>
  </message>
  <message>
   <source>turn the drawing left to right about the paper's middle.</source>
   <translation>retourner le dessin de gauche à droite autour du milieu de la feuille.</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>Effacer</translation>
  </message>
  <message>
   <source>empty the paper. Undo brings the drawing back.</source>
   <translation>vider la feuille. Annuler ramène le dessin.</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>Agrandir</translation>
  </message>
  <message>
   <source>look closer; the wheel does it about the pointer.</source>
   <translation>voir de plus près ; la molette le fait autour du pointeur.</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>Réduire</translation>
  </message>
  <message>
   <source>look from farther away, as with the wheel.</source>
   <translation>voir de plus loin, comme avec la molette.</translation>
  </message>
  <message>
   <source>Whole paper</source>
   <translation>Toute la feuille</translation>
  </message>
  <message>
   <source>show all of it. Drag with the middle button, or with Space held, to move the paper.</source>
   <translation>tout montrer. Tirer avec le bouton du milieu, ou en tenant Espace, déplace la feuille.</translation>
  </message>
  <message>
   <source>Outline</source>
   <translation>Contour</translation>
  </message>
  <message>
   <source>lines that bound the organ: what lies inside is filled once they close.</source>
   <translation>traits qui bordent l’organe : ce qui est à l’intérieur est rempli une fois qu’ils se ferment.</translation>
  </message>
  <message>
   <source>Inner line</source>
   <translation>Trait intérieur</translation>
  </message>
  <message>
   <source>lines inside the outline, where the surface folds or steps back: thinner and blue.</source>
   <translation>traits dans le contour, là où la surface se plie ou recule : plus fins et bleus.</translation>
  </message>
  <message>
   <source>Size of the eraser</source>
   <translation>Taille de la gomme</translation>
  </message>
  <message>
   <source>{name} ({keys}): {text}</source>
   <translation>{name} ({keys}) : {text}</translation>
  </message>
  <message>
   <source>Draw</source>
   <translation>Dessiner</translation>
  </message>
 </context>
 <context>
  <name>widgets.events</name>
  <message>
   <source>The log of Slicer tells where; please report it, then try again.</source>
   <translation>Le journal de Slicer dit où ; le signaler, puis réessayer.</translation>
  </message>
  <message>
   <source>It failed for a reason that was not foreseen ({reason}).</source>
   <translation>Échec pour une raison imprévue ({reason}).</translation>
  </message>
 </context>
 <context>
  <name>widgets.help</name>
  <message>
   <source>Several organs</source>
   <translation>Plusieurs organes</translation>
  </message>
  <message>
   <source>Sketch</source>
   <translation>Esquisse</translation>
  </message>
  <message>
   <source>Geometry</source>
   <translation>Géométrie</translation>
  </message>
  <message>
   <source>Generate</source>
   <translation>Générer</translation>
  </message>
  <message>
   <source>Results</source>
   <translation>Résultats</translation>
  </message>
  <message>
   <source>Setup</source>
   <translation>Installation</translation>
  </message>
  <message>
   <source>Help: {step}</source>
   <translation>Aide : {step}</translation>
  </message>
  <message>
   <source>Open the tutorial at '{step}' in the browser.</source>
   <translation>Ouvrir le tutoriel à « {step} » dans le navigateur.</translation>
  </message>
  <message>
   <source>The tutorial could not be opened.</source>
   <translation>Le tutoriel n’a pas pu être ouvert.</translation>
  </message>
  <message>
   <source>The tutorial is not installed with this copy of Sketch2CT.</source>
   <translation>Le tutoriel n’est pas installé avec cette copie de Sketch2CT.</translation>
  </message>
  <message>
   <source>It is in the repository, in Resources/Tutorial.</source>
   <translation>Il est dans le dépôt, dans Resources/Tutorial.</translation>
  </message>
  <message>
   <source>Open {file} in a browser.</source>
   <translation>Ouvrir {file} dans un navigateur.</translation>
  </message>
  <message>
   <source>The tutorial could not be written: {reason}.</source>
   <translation>Le tutoriel n’a pas pu être écrit : {reason}.</translation>
  </message>
 </context>
 <context>
  <name>widgets.layout</name>
  <message>
   <source>Choose…</source>
   <translation>Choisir…</translation>
  </message>
  <message>
   <source>Show the log</source>
   <translation>Montrer le journal</translation>
  </message>
  <message>
   <source>Log</source>
   <translation>Journal</translation>
  </message>
  <message>
   <source>Choose a folder</source>
   <translation>Choisir un dossier</translation>
  </message>
 </context>
 <context>
  <name>widgets.painting</name>
  <message>
   <source>met</source>
   <translation>atteint</translation>
  </message>
  <message>
   <source>off</source>
   <translation>à côté</translation>
  </message>
  <message>
   <source>unknown</source>
   <translation>inconnu</translation>
  </message>
  <message>
   <source>not asked</source>
   <translation>non demandé</translation>
  </message>
 </context>
 <context>
  <name>widgets.terms</name>
  <message>
   <source>Liver</source>
   <translation>Foie</translation>
  </message>
  <message>
   <source>Spleen</source>
   <translation>Rate</translation>
  </message>
  <message>
   <source>Left kidney</source>
   <translation>Rein gauche</translation>
  </message>
  <message>
   <source>Right kidney</source>
   <translation>Rein droit</translation>
  </message>
  <message>
   <source>Aorta (abdominal part)</source>
   <translation>Aorte (partie abdominale)</translation>
  </message>
  <message>
   <source>Aortic vessel tree</source>
   <translation>Arbre aortique</translation>
  </message>
  <message>
   <source>Left atrium</source>
   <translation>Oreillette gauche</translation>
  </message>
  <message>
   <source>liver</source>
   <translation>foie</translation>
  </message>
  <message>
   <source>spleen</source>
   <translation>rate</translation>
  </message>
  <message>
   <source>left kidney</source>
   <translation>rein gauche</translation>
  </message>
  <message>
   <source>right kidney</source>
   <translation>rein droit</translation>
  </message>
  <message>
   <source>aorta (abdominal part)</source>
   <translation>aorte (partie abdominale)</translation>
  </message>
  <message>
   <source>aortic vessel tree</source>
   <translation>arbre aortique</translation>
  </message>
  <message>
   <source>left atrium</source>
   <translation>oreillette gauche</translation>
  </message>
  <message>
   <source>Volume</source>
   <translation>Volume</translation>
  </message>
  <message>
   <source>Surface area</source>
   <translation>Aire de la surface</translation>
  </message>
  <message>
   <source>Extent right–left</source>
   <translation>Étendue droite–gauche</translation>
  </message>
  <message>
   <source>Extent front–back</source>
   <translation>Étendue avant–arrière</translation>
  </message>
  <message>
   <source>Extent top–bottom</source>
   <translation>Étendue haut–bas</translation>
  </message>
  <message>
   <source>Spread right–left</source>
   <translation>Dispersion droite–gauche</translation>
  </message>
  <message>
   <source>Spread front–back</source>
   <translation>Dispersion avant–arrière</translation>
  </message>
  <message>
   <source>Spread top–bottom</source>
   <translation>Dispersion haut–bas</translation>
  </message>
  <message>
   <source>Widest section, left to right</source>
   <translation>Section la plus large, de gauche à droite</translation>
  </message>
  <message>
   <source>Widest section, back to front</source>
   <translation>Section la plus large, d’arrière en avant</translation>
  </message>
  <message>
   <source>Widest section, bottom to top</source>
   <translation>Section la plus large, de bas en haut</translation>
  </message>
  <message>
   <source>Centre of mass, left to right</source>
   <translation>Centre de masse, de gauche à droite</translation>
  </message>
  <message>
   <source>Centre of mass, back to front</source>
   <translation>Centre de masse, d’arrière en avant</translation>
  </message>
  <message>
   <source>Centre of mass, bottom to top</source>
   <translation>Centre de masse, de bas en haut</translation>
  </message>
  <message>
   <source>Major axis</source>
   <translation>Grand axe</translation>
  </message>
  <message>
   <source>Middle axis</source>
   <translation>Axe moyen</translation>
  </message>
  <message>
   <source>Minor axis</source>
   <translation>Petit axe</translation>
  </message>
  <message>
   <source>Largest diameter</source>
   <translation>Plus grand diamètre</translation>
  </message>
  <message>
   <source>Smallest diameter</source>
   <translation>Plus petit diamètre</translation>
  </message>
  <message>
   <source>Sphericity</source>
   <translation>Sphéricité</translation>
  </message>
  <message>
   <source>Compactness</source>
   <translation>Compacité</translation>
  </message>
  <message>
   <source>Elongation</source>
   <translation>Allongement</translation>
  </message>
  <message>
   <source>Flatness</source>
   <translation>Aplatissement</translation>
  </message>
  <message>
   <source>Pieces</source>
   <translation>Morceaux</translation>
  </message>
  <message>
   <source>Holes</source>
   <translation>Trous</translation>
  </message>
  <message>
   <source>Centreline length</source>
   <translation>Longueur de la ligne centrale</translation>
  </message>
  <message>
   <source>Mean cross-section diameter</source>
   <translation>Diamètre moyen de la section</translation>
  </message>
  <message>
   <source>Largest cross-section diameter</source>
   <translation>Plus grand diamètre de la section</translation>
  </message>
  <message>
   <source>Tortuosity</source>
   <translation>Tortuosité</translation>
  </message>
  <message>
   <source>Axial</source>
   <translation>Axiale</translation>
  </message>
  <message>
   <source>axial</source>
   <translation>axiale</translation>
  </message>
  <message>
   <source>Coronal</source>
   <translation>Coronale</translation>
  </message>
  <message>
   <source>coronal</source>
   <translation>coronale</translation>
  </message>
  <message>
   <source>Sagittal</source>
   <translation>Sagittale</translation>
  </message>
  <message>
   <source>sagittal</source>
   <translation>sagittale</translation>
  </message>
 </context>
</TS>
