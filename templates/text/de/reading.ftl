# Texte der Seiten.

## Frame

skip-to-content = Zum Inhalt
navigation = Navigation
pages = Seiten
newer = Neuere
older = Ältere
profile = Profil
to-front-page = Zur Startseite
download = Herunterladen

## Front page

welcome-lead = Ein Ort für Notizen, Bilder und die Menschen, denen du folgst, auf diesem Server und auf anderen des Pump-Netzes.
welcome-clients = Oder nimm eine Anwendung
welcome-step-choose = Wähle eine, die Pump spricht, etwa Dianara, Pumpa oder AndStatus.
welcome-step-address = Gib ihr deine Adresse hier, mit deinem Spitznamen davor:
welcome-step-no-tls = Sag ihr, dass es ohne HTTPS geht: Dieser Server hat kein TLS.
welcome-step-allow = Melde dich auf der Seite dieses Servers an, die sie öffnet, und lass sie herein.
welcome-port = Die meisten Anwendungen kennen keine Ports und suchen einen Server nur auf 443 oder 80.
welcome-elsewhere = Dein Konto ist auf einem anderen Server?
welcome-elsewhere-link = Von dort anmelden
welcome-made-with = Gemacht mit

## Timelines

home-title = Start
home-empty = Hier ist noch nichts. Folge jemandem, dann erscheint hier, was sie schreiben.
n-new = { $count } neue
meanwhile-title = Inzwischen
meanwhile-empty = Noch ist nichts geschehen.
messages-title = Nachrichten
messages-empty = Noch hat dir niemand direkt geschrieben.

## Posts

shared-this = hat geteilt
in-reply-to = Antwort auf
replies = Antworten
edited = Bearbeitet
at-home = Auf dem eigenen Server
like = Gefällt mir
unlike = Gefällt mir nicht mehr
more-actions = Mehr
share = Teilen
n-replies = { $count ->
    [0] Antworten
    [one] { $count } Antwort
   *[other] { $count } Antworten
}
n-likes = { $count ->
    [0] Gefällt mir
    [one] Gefällt { $count } Person
   *[other] Gefällt { $count } Personen
}
n-shares = { $count ->
    [0] Teilen
    [one] { $count }-mal geteilt
   *[other] { $count }-mal geteilt
}
title-by = { $kind } von { $name }
quote = Zitierter Beitrag
quote-not-here = Der zitierte Beitrag lässt sich hier nicht zeigen.
quote-gone = Den zitierten Beitrag gibt es nicht mehr, oder er ist nicht für dich.
sensitive = Vielleicht unangenehm
poll = Umfrage
poll-multiple = Du kannst mehrere wählen.
poll-vote = Abstimmen
poll-ends = Endet
poll-ended = Beendet
poll-closed = Diese Umfrage ist vorbei.
poll-voted = deine Wahl
n-votes = { $count ->
    [one] { $count } Stimme
   *[other] { $count } Stimmen
}
n-voters = { $count ->
    [one] { $count } Person hat abgestimmt
   *[other] { $count } Personen haben abgestimmt
}
activity-title = Aktivität

## People

follow = Folgen
unfollow = Nicht mehr folgen
n-followers = { $count ->
    [one] { $count } Person folgt
   *[other] { $count } Personen folgen
}
n-following = folgt { $count }
n-favorites = { $count ->
    [one] { $count } Favorit
   *[other] { $count } Favoriten
}
followers-of = Wer { $name } folgt
following-of = Wem { $name } folgt
favorites-of = Favoriten von { $name }
profile-empty = Hier ist noch nichts zu sehen.
people-empty = Noch niemand.
things-empty = Noch nichts.

## What people did

did-post = { $actor } hat { $object } veröffentlicht
did-reply = { $actor } hat mit { $object } auf { $parent } geantwortet
did-create = { $actor } hat { $object } angelegt
did-share = { $actor } hat { $object } geteilt
did-unshare = { $actor } teilt { $object } nicht mehr
did-like = { $actor } gefällt { $object }
did-react = { $actor } hat mit { $reaction } auf { $object } reagiert
did-unlike = { $actor } gefällt { $object } nicht mehr
did-follow = { $actor } folgt { $object }
did-unfollow = { $actor } folgt { $object } nicht mehr
did-update = { $actor } hat { $object } bearbeitet
did-delete = { $actor } hat { $object } gelöscht
did-add = { $actor } hat { $object } zu { $target } hinzugefügt
did-remove = { $actor } hat { $object } aus { $target } entfernt
did-join = { $actor } ist { $object } beigetreten
did-leave = { $actor } hat { $object } verlassen
did-vote = { $actor } hat bei { $object } abgestimmt
did-something = { $actor } hat etwas mit { $object } getan
a-note = eine Notiz
a-comment = ein Kommentar
an-image = ein Bild
an-article = ein Artikel
an-audio = eine Aufnahme
a-video = ein Video
a-file = eine Datei
a-group = eine Gruppe
a-place = ein Ort
a-list = eine Liste
a-person = eine Person
something = etwas

## Times

date = { $day }. { $month } { $year }, { $time } UTC
month-january = Januar
month-february = Februar
month-march = März
month-april = April
month-may = Mai
month-june = Juni
month-july = Juli
month-august = August
month-september = September
month-october = Oktober
month-november = November
month-december = Dezember

## Failures

failure-not-found = Nicht gefunden
failure-not-found-text = Unter dieser Adresse ist nichts, oder es ist nicht für dich bestimmt.
failure-gone = Gelöscht
failure-gone-text = Das wurde gelöscht.
failure-forbidden = Nicht erlaubt
failure-busy = Zu viel auf einmal
failure-internal = Etwas ging schief
failure-internal-text = Auf dem Server ging etwas schief. Es wurde vermerkt; versuche es gleich noch einmal.
failure-other = Das hat nicht geklappt

## Writing

compose-title = Etwas schreiben
compose-reply = Antwort schreiben
compose-text = Was möchtest du sagen?
compose-more = Titel, Personen und mehr
compose-more-reply = Format und Beschreibung
compose-title-field = Titel
compose-people = Auch für diese Personen
compose-people-help = Adressen wie spitzname@host, mit Kommas dazwischen.
compose-format = Der Text ist
compose-plain = Einfacher Text
compose-alt = Beschreibung des Bilds oder Films
compose-alt-help = Für alle, die es nicht sehen können.
compose-audience = Wer es lesen kann:
compose-add-file = Bild oder Datei anfügen
compose-file = Bild, Film, Aufnahme oder eine andere Datei
compose-file-kept = Die Datei ist schon da.
compose-too-large = Diese Datei ist zu groß.
compose-offline = Der Server ist gerade nicht erreichbar. Nichts ist verloren: Versuche es gleich noch einmal.
compose-progress = Hochladen
compose-post = Veröffentlichen
compose-send-reply = Antworten
compose-empty = Es gibt noch nichts zu veröffentlichen: Schreib etwas, oder wähle eine Datei.
compose-signed-out = Du bist abgemeldet, und nichts ist verloren: Melde dich in einem anderen Tab an, und sende das hier dann noch einmal.
audience-public = Alle
audience-followers = Follower
audience-people = Nur die genannten Personen
audience-lists = Meine Listen
audience-chosen = Wie zuvor gewählt
edit = Bearbeiten
edit-title = Bearbeiten
edit-save = Speichern
edit-cancel = Abbrechen
delete = Löschen
delete-title = Wirklich löschen?
delete-text = Es verschwindet für alle und kommt nicht zurück.
delete-confirm = Löschen
