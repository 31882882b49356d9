## Failures of what somebody asked for

failure-forbidden-text = Das darfst du nicht tun oder sehen.
failure-other-text = Was ankam, lässt sich so nicht annehmen.
failure-conflict = Das wurde gleichzeitig von jemand anderem geändert. Sieh es dir noch einmal an, und versuche es dann wieder.
failure-too-large = Das ist zu groß.
failure-media-type = Dateien dieser Art lassen sich hier nicht verwenden.
failure-too-slow = Das kam zu langsam an. Versuche es mit einer besseren Verbindung noch einmal.
failure-too-often = Das war zu oft. Warte eine Weile, und versuche es dann noch einmal.
failure-busy-text = Dafür ist gerade kein Platz. Versuche es gleich noch einmal.
failure-full = Die Festplatte des Servers ist voll: Was da ist, lässt sich lesen, aber nichts speichern.
failure-storage = Der Server erreicht seinen Speicher nicht. Versuche es gleich noch einmal.
failure-form = Das Formular ließ sich nicht lesen. Geh zurück, und sende es noch einmal.
failure-form-elsewhere = Das kam nicht von einer Seite dieses Servers. Geh zurück, lade die Seite neu, und versuche es noch einmal.
failure-file = Die Datei lässt sich nicht lesen.
failure-no-action = Das geht hier nicht.
failure-link = Dieser Link ist hier nicht bekannt oder abgelaufen.
failure-code-used = Dieser Wiederherstellungscode wurde schon benutzt.
failure-confirmed = Schon bestätigt.
failure-request = Diese Zugriffsanfrage ist hier nicht bekannt, abgelaufen oder schon beantwortet. Geh zurück zur Anwendung, und fang noch einmal an.
failure-unconfirmed = Bestätige zuerst deine E-Mail-Adresse: Folge dem Link in der Mail, die dorthin ging.
failure-suspended = Dieses Konto ist gesperrt.
failure-pending = Dieses Konto wartet auf die Zustimmung eines Moderators.
failure-other-address = Das Konto hat inzwischen eine andere Adresse.
failure-no-mail = Dieser Server verschickt keine Mails. Der Betreiber kann dir ein neues Passwort geben.
failure-no-address-waits = Keine Adresse wartet auf eine Bestätigung.
failure-too-many-mails = Für diese Adresse wurden zu viele Mails verlangt. Warte eine Weile, und versuche es dann noch einmal.
failure-no-passwords = Passwörter werden hier nicht aufbewahrt.
failure-two-factor = Dieses Konto hat eine Anmeldung in zwei Schritten: Setze auf der Seite aus der Mail ein neues Passwort, und melde dich dann mit einem Code an.
failure-not-your-codes = Das sind nicht deine Wiederherstellungscodes.
failure-nothing-to-confirm = Es gibt kein Gerät zu bestätigen.
failure-no-session = Diese Sitzung gibt es nicht.
failure-no-archive = Es gibt kein Archiv.
failure-no-document = Der Betreiber dieser Seite hat das nicht geschrieben.
failure-no-application = Diese Anwendung ist hier nicht bekannt.

## Failures with people and posts

failure-no-person = Diese Person ist hier nicht bekannt.
failure-nobody = Niemand mit dem Namen „{ $name }“ ist hier bekannt.
failure-not-a-person = Nur eine andere Person kann blockiert oder stummgeschaltet werden.
failure-no-request = Diese Person fragt nicht, ob sie dir folgen darf.
failure-barred = Diese Person möchte nichts von dir hören.
failure-left = Diese Person ist gegangen.
failure-not-yours = Das geht nur die Person an, der es gehört.
failure-no-thing = Das gibt es hier nicht.
failure-not-author = Nur wer es geschrieben hat, kann es ändern.
vote-no-poll = Da ist keine Umfrage.
vote-own-poll = In der eigenen Umfrage kannst du nicht abstimmen.
vote-over = Diese Umfrage ist vorbei.
vote-nothing = Wähle zuerst etwas aus.
vote-no-choice = Das steht in der Umfrage nicht zur Wahl.
vote-twice = Du hast schon abgestimmt.
failure-not-reader = Das sieht nur, wer es geschrieben oder geschickt bekommen hat.
failure-not-member = Das ist nur für Mitglieder der Gruppe.
failure-group-closed = Du kannst dieser Gruppe nicht beitreten.
failure-in-group = Das hat die Gruppe schon.
failure-no-original = Es gibt niemanden, dem sich das schicken ließe: Der Beitrag, auf den es antwortet, ist hier nicht bekannt.
list-exists = Es gibt schon eine Liste „{ $name }“.
compose-choose-audience = Wähle aus, wer es lesen darf.
compose-name-somebody = Nenne jemanden, der es lesen darf.
compose-bad-address = „{ $name }“ ist keine Adresse: Eine hat die Form spitzname@host.
compose-too-many = Es kann an höchstens { $most } Menschen und Listen auf einmal gehen.
report-too-long = Nimm nicht mehr als { $most } Zeichen.
report-needs-words = Sag in Worten, was nicht stimmt.
report-own = Das ist von dir selbst.
import-too-long = Eine Liste darf { $most } Adressen und ein Megabyte haben.
register-none = Hier kann niemand ein Konto anlegen.
register-by-approval = Über Konten entscheidet hier ein Moderator: Beantrage eines auf der Seite der Registrierung.
register-many-wait = Zu viele Konten warten auf eine Entscheidung. Versuche es in einigen Tagen noch einmal.
remote-unknown = Diese Anmeldung ist hier nicht bekannt, abgelaufen, schon abgeschlossen oder in einem anderen Browser begonnen. Fang noch einmal an.
remote-other-person = Dein Server konnte nicht sagen, wer du bist. Du bist also nicht angemeldet.

## Failures with other servers

failure-peer = Jener Server hat etwas geantwortet, womit sich hier nichts anfangen lässt. ({ $detail })
failure-peer-text = Jener Server hat etwas geantwortet, womit sich hier nichts anfangen lässt.
failure-peer-none = Dieser Server hat mit anderen nichts zu tun.
failure-peer-refused = Dieser Server hat mit jenem nichts zu tun. ({ $detail })
failure-peer-busy = Von anderen Servern wird gerade zu viel verlangt. Versuche es gleich noch einmal.
failure-peer-certificate = Jener Server hat ein Zertifikat, dem nicht zu trauen ist. ({ $detail })
failure-peer-unreachable = Jener Server war nicht zu erreichen. ({ $detail })
failure-peer-nobody = Jener Server kennt niemanden mit dieser Adresse. ({ $detail })
failure-no-host = Das ist kein anderer Server.
failure-not-blocked = Jener Server ist nicht blockiert.

## Failures of the staff

failure-to-yourself = Das kannst du nicht mit dir selbst tun.
failure-to-admin = Das darf ein Moderator nicht mit einem Admin tun.
failure-last-admin = Das ist der letzte Admin. Mach zuerst jemand anderen dazu.
failure-report-ended = Jemand anders hat diese Meldung schon erledigt.
failure-not-pending = Dieses Konto wartet nicht auf eine Entscheidung.
failure-no-password = Nur Menschen dieses Servers haben hier ein Passwort.
failure-no-address = Dieses Konto hat keine bestätigte Adresse.
failure-list = Die Liste lässt sich nicht lesen.
announcement-length = Eine Ankündigung hat 1 bis { $most } Zeichen.
announcement-passed = Das Ende ist schon vorbei.
announcement-bad-day = Ein Tag hat die Form 2027-01-31.
invitation-bounds = Eine Einladung gilt für 1 bis { $uses } Konten und 1 bis { $days } Tage.
