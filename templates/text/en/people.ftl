## Directory, lists and groups

people = People
people-here = People of this site
people-search = Search by name
search = Search
follow-anyone = Follow someone
follow-anyone-help = By their address, here or on any server of the Pump network.
follow-followed = You follow { $name } now.
follow-self = That is you.
follow-nobody = Nobody here has that address.
follow-bad-address = An address has the form nickname@host, as in an e-mail.
follow-failed = That did not work: { $why }
follow-from-elsewhere = Follow from my server
join-from-elsewhere = Join from my server
follow-remote-lead = Give your address on the Pump network. Your own server asks you, and from then on you find there what is posted here.
follow-whom = Follow { $name }
follow-done = You follow { $name } now
follow-done-lead = Your server knows it, too: what is posted here comes to your inbox there.
to-profile = To the profile
lists = Lists
lists-of = { $name } - Lists
lists-empty = No lists.
list-new = A new list
list-create = Make it
list-needs-name = A list needs a name.
list-name = Name
list-rename = Rename
list-add = Put someone in, by their address
list-add-button = Add
list-remove = Remove
list-remove-whom = Remove { $name }
list-delete = Delete the list
list-delete-question = The people stay as they are; only the list goes.
n-members = { $count ->
    [one] { $count } member
   *[other] { $count } members
}
members = Members
join = Join
leave = Leave

## Search

search-title = Search
search-help = Words, “phrases in quotes”, -words that must not be there, from:nickname, #tag, since:2026-01-31, until:2026-12-31.
search-empty = Nothing was found.

## Relations, reports and notifications

blocked = Blocked
muted = Muted
requests = Requests
requests-empty = Nobody is waiting for your answer.
relation-link = Mute or block
relation-title = Mute or block { $name }
mute = Mute
unmute = Unmute
mute-title = Mute
mute-text = What this person does reaches neither your timelines nor your notifications from now on. They do not notice.
mute-done = You have muted this person.
mute-host = Mute the server
block = Block
unblock = Unblock
block-title = Block
block-text = You hear nothing of this person any more, and they can’t follow you, write to you, or like, share and comment on what you post. You stop following each other, and they leave your lists. What is public stays public.
block-done = You block this person.
block-host = Block the server
host-title = A whole server
host-text = The same for everybody on that server. Those whom you follow there stay followed, but nothing of theirs reaches you.
host-label = Name of the server
whole-host = Everybody on this server
folded-reply = A reply by somebody you have blocked or muted
ask-title = Who may follow you
ask-on = People must ask to follow you. What you post for your followers reaches nobody whom you have not accepted.
ask-off = Anybody may follow you at once.
ask-turn-on = Let people ask first
ask-turn-off = Let anybody follow
accept = Accept
reject = Reject
n-requests = { $count ->
    [one] { $count } person asks to follow you
   *[other] { $count } people ask to follow you
}
report = Report
report-title = Report
report-lead = The moderators of this site read it, and nobody else unless you say so.
report-why = What is wrong?
report-spam = It is advertising, or the same again and again
report-abuse = It attacks somebody, or breaks the rules of the site
report-illegal = It is against the law
report-other = Something else
report-words = In your words
report-forward = Send a copy to the moderators of { $host }, without your name
report-send = Send the report
report-needs-reason = Choose what is wrong.
report-done = Reported
report-thanks = Your report has come in. A moderator will look at it.
report-back = Back
report-instead = Report to the moderators
notifications-title = Notifications
notifications-empty = Nothing yet. Here you see who follows you, and who answers, likes or shares what you write.
notice-new = New:
notice-follows = { $actor } follows you
notice-asks = { $actor } asks to follow you
notice-decide = Accept or reject
notice-likes = { $actor } likes { $object } of yours
notice-shares = { $actor } shared { $object } of yours
notice-replies = { $actor } replied to { $parent } of yours
notice-writes = { $actor } wrote { $object } to you
new-since = You have seen what comes from here on
to-where-i-was = Go to where you were
follow-waits = Requested: take it back
