## Directory, lists and groups

people = Menschen
people-here = Menschen auf dieser Seite
people-search = Nach Namen suchen
search = Suchen
follow-anyone = Jemandem folgen
follow-anyone-help = Mit der Adresse, hier oder auf jedem Server des Pump-Netzes.
follow-followed = Du folgst jetzt { $name }.
follow-self = Das bist du.
follow-nobody = Hier hat niemand diese Adresse.
follow-bad-address = Eine Adresse hat die Form spitzname@host, wie bei einer E-Mail.
follow-failed = Das hat nicht geklappt: { $why }
follow-from-elsewhere = Von meinem Server aus folgen
join-from-elsewhere = Von meinem Server aus beitreten
follow-remote-lead = Gib deine Adresse im Pump-Netz an. Dein eigener Server fragt dich, und von da an findest du dort, was hier erscheint.
follow-whom = { $name } folgen
follow-done = Du folgst jetzt { $name }
follow-done-lead = Auch dein Server weiß es: Was hier erscheint, kommt dort in deinen Eingang.
to-profile = Zum Profil
lists = Listen
lists-of = { $name } - Listen
lists-empty = Keine Listen.
list-new = Eine neue Liste
list-create = Anlegen
list-needs-name = Eine Liste braucht einen Namen.
list-name = Name
list-rename = Umbenennen
list-add = Jemanden aufnehmen, mit der Adresse
list-add-button = Hinzufügen
list-remove = Entfernen
list-remove-whom = { $name } entfernen
list-delete = Liste löschen
list-delete-question = Die Menschen bleiben, wie sie sind; nur die Liste geht.
n-members = { $count ->
    [one] { $count } Mitglied
   *[other] { $count } Mitglieder
}
members = Mitglieder
join = Beitreten
leave = Verlassen

## Search

search-title = Suche
search-help = Wörter, "Wendungen in Anführungszeichen", -Wörter, die nicht vorkommen dürfen, from:spitzname, #tag, since:2026-01-31, until:2026-12-31.
search-empty = Es wurde nichts gefunden.

## Relations, reports and notifications

blocked = Blockiert
muted = Stumm
requests = Anfragen
requests-empty = Niemand wartet auf deine Antwort.
relation-link = Stummschalten oder blockieren
relation-title = { $name } stummschalten oder blockieren
mute = Stummschalten
unmute = Nicht mehr stumm
mute-title = Stummschalten
mute-text = Was diese Person tut, kommt von jetzt an weder in deine Zeitleisten noch in deine Mitteilungen. Sie merkt nichts davon.
mute-done = Du hast diese Person stummgeschaltet.
mute-host = Den Server stummschalten
block = Blockieren
unblock = Nicht mehr blockieren
block-title = Blockieren
block-text = Du hörst nichts mehr von dieser Person. Sie kann dir weder folgen noch schreiben, und deine Beiträge weder mögen noch teilen noch kommentieren. Ihr folgt einander nicht mehr, und sie verlässt deine Listen. Was öffentlich ist, bleibt öffentlich.
block-done = Du blockierst diese Person.
block-host = Den Server blockieren
host-title = Ein ganzer Server
host-text = Dasselbe für alle auf jenem Server. Wem du dort folgst, dem folgst du weiter, aber nichts davon kommt bei dir an.
host-label = Name des Servers
whole-host = Alle auf diesem Server
folded-reply = Eine Antwort von jemandem, den du blockiert oder stummgeschaltet hast
ask-title = Wer dir folgen darf
ask-on = Wer dir folgen will, muss fragen. Was du für deine Follower schreibst, erreicht niemanden, den du nicht angenommen hast.
ask-off = Alle dürfen dir sofort folgen.
ask-turn-on = Zuerst fragen lassen
ask-turn-off = Alle folgen lassen
accept = Annehmen
reject = Ablehnen
n-requests = { $count ->
    [one] { $count } Person möchte dir folgen
   *[other] { $count } Personen möchten dir folgen
}
report = Melden
report-title = Melden
report-lead = Das lesen die Moderatoren dieser Seite und sonst niemand, es sei denn, du willst es.
report-why = Was stimmt nicht?
report-spam = Es ist Werbung oder immer wieder dasselbe
report-abuse = Es greift jemanden an oder verletzt die Regeln der Seite
report-illegal = Es ist gegen das Gesetz
report-other = Etwas anderes
report-words = In deinen Worten
report-forward = Eine Kopie an die Moderatoren von { $host } senden, ohne deinen Namen
report-send = Meldung absenden
report-needs-reason = Wähle aus, was nicht stimmt.
report-done = Gemeldet
report-thanks = Deine Meldung ist angekommen. Ein Moderator sieht sie sich an.
report-back = Zurück
report-instead = Den Moderatoren melden
notifications-title = Mitteilungen
notifications-empty = Noch nichts. Hier siehst du, wer dir folgt und wer antwortet, mag oder teilt, was du schreibst.
notice-new = Neu:
notice-follows = { $actor } folgt dir
notice-asks = { $actor } möchte dir folgen
notice-decide = Annehmen oder ablehnen
notice-likes = { $actor } mag { $object } von dir
notice-shares = { $actor } hat { $object } von dir geteilt
notice-replies = { $actor } hat auf { $parent } von dir geantwortet
notice-writes = { $actor } hat dir { $object } geschrieben
new-since = Ab hier hast du alles gesehen
to-where-i-was = Dorthin, wo du warst
follow-waits = Angefragt: zurücknehmen
