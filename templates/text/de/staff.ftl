## Moderation and administration

admin-title = Verwaltung
admin-overview = Überblick
admin-people = Leute hier
admin-reports = Meldungen
admin-report = Meldung
admin-hosts = Gesperrte Server
admin-invitations = Einladungen
admin-announcements = Ankündigungen
admin-audit = Protokoll
admin-done = Erledigt.
admin-todo = Zu tun
admin-n-applicants = { $count ->
    [one] { $count } Konto wartet auf Freigabe
   *[other] { $count } Konten warten auf Freigabe
}
admin-n-reports = { $count ->
    [one] { $count } offene Meldung
   *[other] { $count } offene Meldungen
}
admin-numbers = In Zahlen
admin-activities = Aktivitäten
admin-files = Dateien
admin-storage = Belegter Speicher
admin-deliveries = Wartende Zustellungen
admin-version = Version
admin-failing = Server, die nicht antworten
admin-none-failing = Alle Server antworten.
admin-n-waiting = { $count ->
    [one] { $count } Zustellung wartet
   *[other] { $count } Zustellungen warten
}
admin-since = seit
admin-made = Konto angelegt
admin-no-email = keine
admin-find = Name, Benutzername oder Adresse
admin-standing = Welche Leute
admin-people-all = Alle
admin-people-pending = Wartende
admin-people-silenced = Stummgeschaltete
admin-people-suspended = Gesperrte
role-none = Keine Rolle
role-moderator = Moderation
role-admin = Verwaltung
standing-good = Keine Einschränkung
standing-pending = Wartet auf Freigabe
standing-silenced = Stummgeschaltet
standing-suspended = Gesperrt
admin-n-files = { $count ->
    [one] { $count } Datei
   *[other] { $count } Dateien
}
admin-elsewhere = Von einem anderen Server
admin-application = Bittet mit diesen Worten um ein Konto
admin-actions = Maßnahmen
admin-reason = Grund, für das Protokoll
admin-approve = Freigeben
admin-reject = Ablehnen und entfernen
admin-silence = Stummschalten
admin-suspend = Sperren
admin-restore = Einschränkung aufheben
admin-recover = Link für ein neues Passwort mailen
admin-actions-help = Stummgeschaltete hören nur noch die, die ihnen folgen. Gesperrte können sich nicht anmelden, und nichts von ihnen wird gezeigt, bis die Sperre endet.
admin-role = Rolle
admin-command-line = Kommandozeile
admin-audit-empty = Noch wurde nichts getan.
admin-block = Server sperren
admin-host = Name des Servers
admin-subdomains = Auch alle Server darunter
admin-and-subdomains = mit allen Servern darunter
admin-block-help = Von ihm wird nichts mehr angenommen, erfragt oder an ihn gesendet. Wer wem folgt, bleibt für die Zeit danach bestehen.
admin-blocked = Gesperrte Server
admin-none-blocked = Kein Server ist gesperrt.
admin-unblock = Entsperren
admin-unblock-which = { $host } entsperren
admin-bad-host = Das ist kein Name eines Servers. Gib einen wie social.example an.
admin-lists = Listen
admin-lists-lead = Listen gesperrter Server als CSV, wie Mastodon sie liest und schreibt.
admin-export = Liste herunterladen
admin-import-file = Eine Liste zum Einlesen
admin-import = Die Server der Liste sperren
admin-no-file = Wähle erst eine Datei.
reports-empty = Keine Meldungen.
report-open = Offen
report-by = gemeldet von { $name }
report-whom = Über { $name }
report-forwarded = Der Server der Person hat eine Kopie bekommen.
report-thing = Was gemeldet wurde
report-to-thing = Zur Seite davon
report-thing-gone = Es ist nicht mehr da.
report-earlier = Andere Meldungen über dieselbe Person
report-actions-help = Jede beendet die Meldung und steht im Protokoll.
report-reason-spam = Spam
report-reason-abuse = Belästigung
report-reason-illegal = Verstoß gegen das Recht
report-reason-other = Etwas anderes
report-dismiss = Verwerfen
report-delete = Löschen
report-silence = Autor stummschalten
report-suspend = Autor sperren
report-block-host = Server sperren
report-dismissed = Verworfen
report-deleted = Gelöscht
report-silenced = Autor stummgeschaltet
report-suspended = Autor gesperrt
report-host-blocked = Server gesperrt
invitation-made = Die Einladung ist fertig
invitation-made-lead = Gib diesen Link weiter. Er wird nicht noch einmal gezeigt.
invitation-new = Jemanden einladen
invitation-uses = Für wie viele Konten
invitation-days = Für wie viele Tage
invitation-note = Für wen sie ist
invitation-create = Einladung erstellen
invitation-left = { $left } von { $uses } übrig
invitation-until = bis
invitation-over = vorbei seit
invitation-revoke = Zurückziehen
invitation-revoke-which = Die Einladung { $name } zurückziehen
invitations-empty = Keine Einladungen.
announcement = Ankündigung
announcement-new = Allen etwas mitteilen
announcement-text = Text
announcement-help = In Markdown. Alle sehen es über ihrer Startseite, bis sie es schließen.
announcement-ends = Letzter Tag, falls es endet
announcement-add = Ankündigen
announcement-until = bis
announcement-ended = beendet
announcement-remove = Entfernen
announcement-dismiss = Gelesen
announcements-empty = Nichts ist angekündigt.
register-invitation = Einladungscode
register-bad-invitation = Diese Einladung ist unbekannt, verbraucht oder abgelaufen.
register-needs-invitation = Konten gibt es nur auf Einladung. Benutze den Link, den du bekommen hast.
register-words = Warum möchtest du dabei sein?
register-words-help = Ein paar Worte für die Moderation, die jede Anfrage liest.
register-needs-words = Sag in ein paar Worten, warum du dabei sein möchtest.
register-waiting = Dein Konto wartet
register-waiting-lead = Jedes neue Konto sieht sich jemand von der Moderation an. Sobald deines freigegeben ist, kannst du dich anmelden.
register-waiting-mail = Dann bekommst du eine Mail.
