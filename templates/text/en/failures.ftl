## Failures of what somebody asked for

failure-forbidden-text = You may not do or see that.
failure-other-text = What was sent can’t be taken as it is.
failure-conflict = This was changed by someone else at the same time. Look at it again, then try once more.
failure-too-large = That is too large.
failure-media-type = Files of this kind can’t be used here.
failure-too-slow = That came in too slowly. Try again with a better connection.
failure-too-often = That was too often. Wait a while, then try again.
failure-busy-text = There is no room for that now. Try again in a moment.
failure-full = The server’s disk is full: what is there can be read, and nothing can be stored.
failure-storage = The server can’t reach its storage. Try again in a moment.
failure-form = The form could not be read. Go back, and send it again.
failure-form-elsewhere = This was not sent from a page of this server. Go back, reload the page, and try again.
failure-file = The file can’t be read.
failure-no-action = That can’t be done here.
failure-link = This link is not known here, or has expired.
failure-code-used = This recovery code was already used.
failure-confirmed = Already confirmed.
failure-request = This request for access is not known here, has expired, or was answered already. Go back to the application and start again.
failure-unconfirmed = Confirm your e-mail address first: follow the link in the mail that was sent there.
failure-suspended = This account is suspended.
failure-pending = This account waits for a moderator to approve it.
failure-other-address = The account has another address by now.
failure-no-mail = This server sends no mail. Whoever runs it can give you a new password.
failure-no-address-waits = No address waits to be confirmed.
failure-too-many-mails = Too many mails were asked for to this address. Wait a while, then try again.
failure-no-passwords = Passwords are not kept here.
failure-two-factor = This account has two-factor sign-in: set a new password on the page that the mail links to, then sign in with a code.
failure-not-your-codes = These are not your recovery codes.
failure-nothing-to-confirm = There is no device to confirm.
failure-no-session = There is no such session.
failure-no-archive = There is no archive.
failure-no-document = The operator of this site wrote no such page.
failure-no-application = That application is not known here.

## Failures with people and posts

failure-no-person = That person is not known here.
failure-nobody = Nobody with the name “{ $name }” is known here.
failure-not-a-person = Only another person can be blocked or muted.
failure-no-request = That person doesn’t ask to follow you.
failure-barred = This person has chosen not to hear from you.
failure-left = This person has left.
failure-not-yours = That is for its owner only.
failure-no-thing = There is no such thing here.
failure-not-author = Only its author can change this.
vote-no-poll = There is no poll.
vote-own-poll = You can’t vote in your own poll.
vote-over = This poll is over.
vote-nothing = Choose something first.
vote-no-choice = The poll has no such choice.
vote-twice = You have voted already.
failure-not-reader = Only its author and those it was sent to can see this.
failure-not-member = That is for members of the group only.
failure-group-closed = You can’t join this group.
failure-in-group = The group has that already.
failure-no-original = There is nobody to send this to: the post that it answers is not known here.
list-exists = There is a list “{ $name }” already.
compose-choose-audience = Choose who may read it.
compose-name-somebody = Name somebody who may read it.
compose-bad-address = “{ $name }” is no address: one has the form nickname@host.
compose-too-many = It can be sent to { $most } people and lists at once, and no more.
report-too-long = Take no more than { $most } characters.
report-needs-words = Say in words what is wrong.
report-own = That is your own.
import-too-long = A list may have { $most } addresses, and one megabyte.
register-none = Nobody can make an account here.
register-by-approval = A moderator approves accounts here: ask for one on the page of the registration.
register-many-wait = Too many accounts wait for approval. Try again in some days.
remote-unknown = This sign-in is not known here, has expired, was completed already, or was begun in another browser. Start again.
remote-other-person = Your server could not say who you are, so you are not signed in.

## Failures with other servers

failure-peer = That server answered in a way that is of no use here. ({ $detail })
failure-peer-text = That server answered in a way that is of no use here.
failure-peer-none = This server has nothing to do with others.
failure-peer-refused = This server has nothing to do with that one. ({ $detail })
failure-peer-busy = Too much is asked of other servers now. Try again in a moment.
failure-peer-certificate = That server has a certificate that is not trusted. ({ $detail })
failure-peer-unreachable = That server could not be reached. ({ $detail })
failure-peer-nobody = That server knows nobody with this address. ({ $detail })
failure-no-host = That is no other server.
failure-not-blocked = That server is not blocked.

## Failures of the staff

failure-to-yourself = You can’t do that to yourself.
failure-to-admin = A moderator can’t do that to an admin.
failure-last-admin = That is the last admin. Make somebody else one first.
failure-report-ended = Somebody else has ended this report.
failure-not-pending = This account does not wait for approval.
failure-no-password = Only people of this server have a password here.
failure-no-address = This account has no address that is known to be its owner’s.
failure-list = The list can’t be read.
announcement-length = An announcement has 1 to { $most } characters.
announcement-passed = The end has passed already.
announcement-bad-day = A day has the form 2027-01-31.
invitation-bounds = An invitation is for 1 to { $uses } accounts, and 1 to { $days } days.
