## Mails

mail-confirm-subject = Bestätige deine E-Mail-Adresse für { $site }
mail-confirm-lead = Jemand, vermutlich du, hat das hier als Mail-Adresse von { $user } bei { $site } angegeben. Wenn du es warst, bestätige sie.
mail-confirm-link = Diese Adresse bestätigen
mail-confirm-fine = Wenn du es nicht warst, tu nichts; dann kommt hierher nichts mehr.
mail-moved-subject = Die E-Mail-Adresse deines Kontos bei { $site }
mail-moved-lead = Jemand, vermutlich du, hat { $user } bei { $site } diese Adresse weggenommen oder eine andere gegeben. Wenn diese bestätigt ist, gehen Mails dorthin.
mail-moved-fine = Wenn du es nicht warst, hat jemand anders Zugang zu dem Konto: Setze sofort ein neues Passwort.
mail-recover-subject = Der Weg zurück in dein Konto bei { $site }
mail-recover-lead = Jemand, vermutlich du, möchte ohne Passwort in das Konto { $user } bei { $site }.
mail-recover-link = Ein neues Passwort setzen
mail-recover-once = Der Link gilt nur einmal und nicht lange.
mail-recover-fine = Wenn du es nicht warst, tu nichts: Das Passwort bleibt, wie es ist.
mail-decided-subject = Dein Konto bei { $site }
mail-approved = Dein Konto { $user } bei { $site } wurde angenommen. Du kannst dich jetzt anmelden.
mail-rejected = Dein Konto { $user } bei { $site } wurde nicht angenommen und ist entfernt.
mail-archive-subject = Dein Archiv bei { $site }
mail-archive-lead = Das Archiv von { $user } bei { $site } ist fertig.
mail-archive-link = Herunterladen
mail-archive-fine = Es wird sieben Tage aufbewahrt.
mail-notice-subject = Mitteilung: { $what }
mail-notice-link = Ansehen
mail-digest-subject = { $count } weitere von { $people }
mail-digest-lead = In der letzten Stunde kam mehr, als einzeln gemailt wird: { $what }, von { $people }.
mail-digest-left = In deinem Eingang ist das und { $count } mehr.
mail-sent-to = Das ging an { $user }.
mail-unsubscribe = Keine Mails mehr über { $about }
mail-people = { $count ->
    [one] { $count } Person
   *[other] { $count } Personen
}
mail-people-or-more = mindestens { $count } Personen
mail-n-direct = { $count ->
    [one] { $count } Nachricht an dich
   *[other] { $count } Nachrichten an dich
}
mail-n-followers = { $count ->
    [one] { $count } neue Person, die dir folgt
   *[other] { $count } neue Personen, die dir folgen
}
mail-n-likes = { $count } × „gefällt mir“
mail-n-shares = { $count } × geteilt
mail-n-comments = { $count ->
    [one] { $count } Kommentar
   *[other] { $count } Kommentare
}
