# What the browser says while it works. The browser fills the values in itself, after the page was made: no message
# here may choose its words by a number. Keys and their values are listed in web/src/texts.ts.

# What a file is doing.
js-state-waiting = waiting for its turn
js-state-preparing = preparing
js-state-uploading = uploading
js-state-verifying = verifying
js-state-offline = waiting for the network
js-state-retrying = trying again in { $seconds } s
js-state-signed-out = you are signed out; sign in again in another tab (next try in { $seconds } s)
js-state-paused = paused
js-state-done = done
js-state-failed = not sent: { $detail }
js-state-choose-again = { $percent } % is already here; choose the same file to continue

# Why a file was not sent.
js-problem-changed = The file was changed, moved or deleted since it was chosen. Please choose it again.
js-problem-proxy-limit = Something between you and the server refuses even small pieces. Please tell the administrator.
js-problem-refused = The server does not accept this file.
js-problem-too-large = This file is larger than { $limit }, the most that is accepted here.
js-problem-too-many = Together the files are larger than { $limit }, the most that is accepted here.
js-problem-folder-unreadable = “{ $file }” could not be read and was left out.
js-problem-draft = The draft could not be created: { $detail }
js-problem-save = What you entered could not be saved: { $detail }

# Buttons of a file.
js-pause = Pause
js-pause-file = Pause { $file }
js-resume = Resume
js-resume-file = Resume { $file }
js-retry-file = Try { $file } again
js-remove-file = Remove { $file }
js-pause-all = Pause all
js-resume-all = Resume all

# Numbers.
js-size-of = { $done } of { $total }
js-files-of = Files: { $done } of { $total }
js-rate-now = { $rate }
js-time-left = { $left } left
js-percent-done = { $percent } %
js-progress-of = Progress of { $file }
js-progress-all = Progress of all files
js-tab-title = { $percent } % · { $title }

# What is said aloud and written at the foot.
js-summary-added = Files added: { $count }.
js-summary-progress = { $percent } %, files: { $done } of { $total }.
js-summary-progress-left = { $percent } %, files: { $done } of { $total }, { $left } left.
js-summary-done = All files have arrived: { $total }.
js-summary-failed = Files not sent: { $count }.
js-summary-removed = { $file } was removed.
js-summary-offline = The network is away. Sending goes on by itself when it is back.
js-summary-online = The network is back. Sending goes on.
js-summary-sends-when-done = This is sent as soon as all files have arrived. Please leave this page open.
js-summary-sending = Sending
js-summary-no-files = Please add at least one file.
js-summary-choose-again = Choose the same files to continue: { $percent } % is already here.
js-summary-fields = Please look at the marked fields.

# What did not arrive, and the decision about it.
js-recap-title = Some files have not arrived
js-recap-text = Not arrived: { $count }. Nothing is sent before you decide.
js-recap-retry = Try all again
js-recap-send-without = Send without them
js-recap-elsewhere = begun elsewhere and not finished

# The form.
js-error-title = Please say what this is.
js-error-recipient = Please name at least one recipient.
js-error-email = This is not an e-mail address.

# Recipients.
js-recipient-name = Name
js-recipient-email = E-mail address
js-recipient-add = Add a recipient
js-recipient-remove = Remove { $recipient }
js-recipient-remove-label = Remove
js-recipient-removed = { $recipient } was removed.
js-recipient-suggest = Did you mean { $suggestion }?
js-recipient-merged = Addresses that stood there twice: { $count }.
js-recipient-pasted = Recipients added: { $count }.

# Copying, taking back.
js-copy-done = Copied
js-copy-by-hand = Your browser does not allow copying. The text is selected; press Ctrl+C or ⌘C.
js-undo-left = { $seconds } s left to take this back
js-undo-over = This can no longer be taken back.
