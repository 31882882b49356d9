## Moderation and administration

admin-title = Administration
admin-overview = Overview
admin-people = People of the site
admin-reports = Reports
admin-report = Report
admin-hosts = Blocked hosts
admin-invitations = Invitations
admin-announcements = Announcements
admin-audit = Log
admin-done = Done.
admin-todo = To do
admin-n-applicants = { $count ->
    [one] { $count } account waits for approval
   *[other] { $count } accounts wait for approval
}
admin-n-reports = { $count ->
    [one] { $count } open report
   *[other] { $count } open reports
}
admin-numbers = In numbers
admin-activities = Activities
admin-files = Files
admin-storage = Storage used
admin-deliveries = Waiting deliveries
admin-version = Version
admin-failing = Servers that fail
admin-none-failing = All servers answer.
admin-n-waiting = { $count ->
    [one] { $count } delivery waits
   *[other] { $count } deliveries wait
}
admin-since = since
admin-made = Account made
admin-no-email = none
admin-find = Name, nickname or address
admin-standing = Which people
admin-people-all = All
admin-people-pending = Waiting
admin-people-silenced = Silenced
admin-people-suspended = Suspended
role-none = No role
role-moderator = Moderator
role-admin = Admin
standing-good = No limits
standing-pending = Waits for approval
standing-silenced = Silenced
standing-suspended = Suspended
admin-n-files = { $count ->
    [one] { $count } file
   *[other] { $count } files
}
admin-elsewhere = Of another server
admin-application = Asks for an account with these words
admin-actions = Actions
admin-reason = Reason, for the log
admin-approve = Approve
admin-reject = Reject and remove
admin-silence = Silence
admin-suspend = Suspend
admin-restore = End all limits
admin-recover = Mail a password reset
admin-actions-help = Silenced people are heard by their followers only. Suspended people can’t sign in, and nothing of them is shown until the limit ends.
admin-role = Role
admin-command-line = command line
admin-audit-empty = Nothing was done yet.
admin-block = Block a host
admin-host = Name of the host
admin-subdomains = And all hosts below it
admin-and-subdomains = with all hosts below it
admin-block-help = Nothing is taken from it, asked of it or sent to it any more. Follows stay, for when the block ends.
admin-blocked = Blocked hosts
admin-none-blocked = No host is blocked.
admin-unblock = Unblock
admin-unblock-which = Unblock { $host }
admin-bad-host = That is no name of a host. Give one such as social.example.
admin-lists = Lists
admin-lists-lead = Lists of blocked hosts as CSV, as Mastodon reads and writes them.
admin-export = Download the list
admin-import-file = A list to import
admin-import = Block the hosts of the list
admin-no-file = Choose a file first.
reports-empty = No reports.
report-open = Open
report-by = reported by { $name }
report-whom = About { $name }
report-forwarded = The server of the person got a copy.
report-thing = What was reported
report-to-thing = To its page
report-thing-gone = It is not there any more.
report-earlier = Other reports about the same person
report-actions-help = Each ends the report, and is noted in the log.
report-reason-spam = Spam
report-reason-abuse = Abuse
report-reason-illegal = Against the law
report-reason-other = Something else
report-dismiss = Dismiss
report-delete = Delete it
report-silence = Silence its author
report-suspend = Suspend its author
report-block-host = Block its host
report-dismissed = Dismissed
report-deleted = Deleted
report-silenced = Author silenced
report-suspended = Author suspended
report-host-blocked = Host blocked
invitation-made = The invitation is made
invitation-made-lead = Give this link away. It is not shown again.
invitation-new = Invite someone
invitation-uses = For how many accounts
invitation-days = For how many days
invitation-note = Whom it is for
invitation-create = Make an invitation
invitation-left = { $left } of { $uses } left
invitation-until = until
invitation-over = over since
invitation-revoke = Revoke
invitation-revoke-which = Revoke the invitation { $name }
invitations-empty = No invitations.
announcement = Announcement
announcement-new = Tell all members something
announcement-text = Text
announcement-help = In Markdown. Members see it above their home timeline until they dismiss it.
announcement-ends = Last day, if it ends
announcement-add = Announce
announcement-until = until
announcement-ended = ended
announcement-remove = Remove
announcement-dismiss = I have read it
announcements-empty = Nothing is announced.
register-invitation = Invitation code
register-bad-invitation = This invitation is not known, used up, or has expired.
register-needs-invitation = Accounts are for those who were invited. Use the link that you were given.
register-words = Why do you want to join?
register-words-help = A few words for the moderators, who read each request.
register-needs-words = Say in a few words why you want to join.
register-waiting = Your account waits
register-waiting-lead = A moderator looks at each new account. You can sign in as soon as yours is approved.
register-waiting-mail = You get a mail then.
