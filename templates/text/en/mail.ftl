## Mails

mail-confirm-subject = Confirm your email address for { $site }
mail-confirm-lead = Someone, probably you, gave this as the mail address of { $user } at { $site }. If that was you, confirm it.
mail-confirm-link = Confirm this address
mail-confirm-fine = If it was not you, do nothing, and nothing more is sent here.
mail-moved-subject = The email address of your account at { $site }
mail-moved-lead = Someone, probably you, took this address away from { $user } at { $site }, or gave another one. When that is confirmed, mail goes there.
mail-moved-fine = If it was not you, someone else has access to the account: set a new password at once.
mail-recover-subject = Recover your account at { $site }
mail-recover-lead = Someone, probably you, asked for a way into the account { $user } at { $site } without its password.
mail-recover-link = Set a new password
mail-recover-once = The link works once, and not for long.
mail-recover-fine = If it was not you, do nothing: the password stays as it is.
mail-decided-subject = Your account at { $site }
mail-approved = Your account { $user } at { $site } was approved. You can sign in now.
mail-rejected = Your account { $user } at { $site } was not approved, and is removed.
mail-archive-subject = Your archive at { $site }
mail-archive-lead = The archive of { $user } at { $site } is ready.
mail-archive-link = Download it
mail-archive-fine = It is kept for seven days.
mail-notice-subject = Activity notification: { $what }
mail-notice-link = See it
mail-digest-subject = { $count } more from { $people }
mail-digest-lead = More came in the last hour than is mailed one by one: { $what }, from { $people }.
mail-digest-left = Your inbox has these, and { $count } more.
mail-sent-to = This was sent to { $user }.
mail-unsubscribe = Get no more mail about { $about }
mail-people = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
mail-people-or-more = at least { $count } people
mail-n-direct = { $count ->
    [one] { $count } message to you
   *[other] { $count } messages to you
}
mail-n-followers = { $count ->
    [one] { $count } new follower
   *[other] { $count } new followers
}
mail-n-likes = { $count ->
    [one] { $count } like
   *[other] { $count } likes
}
mail-n-shares = { $count ->
    [one] { $count } share
   *[other] { $count } shares
}
mail-n-comments = { $count ->
    [one] { $count } comment
   *[other] { $count } comments
}
