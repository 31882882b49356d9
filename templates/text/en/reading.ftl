# Texts of the pages. Keys begin with what they are about; each language has the same ones.

## Frame

skip-to-content = Skip to the content
navigation = Navigation
pages = Pages
newer = Newer
older = Older
profile = Profile
to-front-page = To the front page
download = Download

## Front page

welcome-lead = A place for notes, pictures and the people you follow, on this server and on others of the Pump network.
welcome-clients = Or use an application
welcome-step-choose = Take one that speaks Pump, such as Dianara, Pumpa or AndStatus.
welcome-step-address = Give it your address here, with your nickname in front:
welcome-step-no-tls = Tell it to do without HTTPS: this server has no TLS.
welcome-step-allow = Sign in on the page of this server that it opens, and let it in.
welcome-port = Most applications know no ports, and look for a server on 443 or 80 only.
welcome-elsewhere = Your account is on another server?
welcome-elsewhere-link = Sign in from there
welcome-made-with = Made with

## Timelines

home-title = Home
home-empty = Nothing here yet. Follow someone, and what they write appears here.
n-new = { $count } new
meanwhile-title = Meanwhile
meanwhile-empty = Nothing has happened yet.
messages-title = Messages
messages-empty = Nobody has written to you directly yet.

## Posts

shared-this = shared
in-reply-to = In reply to
replies = Replies
edited = Edited
at-home = On its own server
like = Like
unlike = Unlike
more-actions = More
share = Share
n-replies = { $count ->
    [0] Reply
    [one] { $count } reply
   *[other] { $count } replies
}
n-likes = { $count ->
    [0] Like
    [one] { $count } like
   *[other] { $count } likes
}
n-shares = { $count ->
    [0] Share
    [one] { $count } share
   *[other] { $count } shares
}
title-by = { $kind } by { $name }
quote = Quoted post
quote-not-here = The quoted post can’t be shown here.
quote-gone = The quoted post is gone, or not for you to see.
sensitive = May be unpleasant
poll = Poll
poll-multiple = You may choose several.
poll-vote = Vote
poll-ends = Ends
poll-ended = Ended
poll-closed = This poll is over.
poll-voted = you chose this
n-votes = { $count ->
    [one] { $count } vote
   *[other] { $count } votes
}
n-voters = { $count ->
    [one] { $count } person voted
   *[other] { $count } people voted
}
activity-title = Activity

## People

follow = Follow
unfollow = Unfollow
n-followers = { $count ->
    [one] { $count } follower
   *[other] { $count } followers
}
n-following = { $count } following
n-favorites = { $count ->
    [one] { $count } favorite
   *[other] { $count } favorites
}
followers-of = { $name } followers
following-of = { $name } following
favorites-of = { $name } favorites
profile-empty = Nothing to see here yet.
people-empty = Nobody yet.
things-empty = Nothing yet.

## What people did

did-post = { $actor } posted { $object }
did-reply = { $actor } posted { $object } in reply to { $parent }
did-create = { $actor } created { $object }
did-share = { $actor } shared { $object }
did-unshare = { $actor } no longer shares { $object }
did-like = { $actor } likes { $object }
did-react = { $actor } reacted with { $reaction } to { $object }
did-unlike = { $actor } no longer likes { $object }
did-follow = { $actor } follows { $object }
did-unfollow = { $actor } stopped following { $object }
did-update = { $actor } edited { $object }
did-delete = { $actor } deleted { $object }
did-add = { $actor } added { $object } to { $target }
did-remove = { $actor } removed { $object } from { $target }
did-join = { $actor } joined { $object }
did-leave = { $actor } left { $object }
did-vote = { $actor } voted in { $object }
did-something = { $actor } did something with { $object }
a-note = a note
a-comment = a comment
an-image = a picture
an-article = an article
an-audio = a recording
a-video = a video
a-file = a file
a-group = a group
a-place = a place
a-list = a list
a-person = a person
something = something

## Times

date = { $day } { $month } { $year }, { $time } UTC
month-january = January
month-february = February
month-march = March
month-april = April
month-may = May
month-june = June
month-july = July
month-august = August
month-september = September
month-october = October
month-november = November
month-december = December

## Failures

failure-not-found = Not found
failure-not-found-text = There is nothing at this address, or it is not for you to see.
failure-gone = Gone
failure-gone-text = This was deleted.
failure-forbidden = Not allowed
failure-busy = Too much at once
failure-internal = Something went wrong
failure-internal-text = Something went wrong on the server. It was noted; try again in a moment.
failure-other = That did not work

## Writing

compose-title = Write something
compose-reply = Write a reply
compose-text = What would you like to say?
compose-more = Title, people and more
compose-more-reply = Format and description
compose-title-field = Title
compose-people = For these people, too
compose-people-help = Addresses such as nickname@host, with commas between them.
compose-format = The text is
compose-plain = Plain text
compose-alt = Description of the picture or film
compose-alt-help = For those who can’t see it.
compose-audience = Who can read it:
compose-add-file = Add a picture or file
compose-file = Picture, film, recording or another file
compose-file-kept = The file is here already.
compose-too-large = That file is too large.
compose-offline = The server can’t be reached now. Nothing is lost: try again in a moment.
compose-progress = Upload
compose-post = Post
compose-send-reply = Reply
compose-empty = There is nothing to post yet: write something, or choose a file.
compose-signed-out = You are signed out, and nothing is lost: sign in in another tab, then send this again.
audience-public = Everyone
audience-followers = Followers
audience-people = Only the people named
audience-lists = My lists
audience-chosen = As chosen before
edit = Edit
edit-title = Edit
edit-save = Save
edit-cancel = Cancel
delete = Delete
delete-title = Delete this?
delete-text = It goes for everyone, and does not come back.
delete-confirm = Delete
