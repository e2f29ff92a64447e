# What the server answers when it cannot do what was asked. One sentence: what is the matter; what to do.
error-bad-request = The request could not be understood.
error-unauthorized = Please sign in first.
error-forbidden = You are not allowed to do this.
error-password-needed = This link is protected by a password. Send it with HTTP Basic authentication; any user name will do.
error-password-wrong = That is not the password of this link.
error-not-found = There is nothing here, or it is not yours to see.
error-conflict = This is not possible in the present state.
error-gone = This link has ended or never existed.
error-invalid = Some of what was entered cannot be accepted.
error-too-large = This is larger than what is accepted here ({ $limit }).
error-too-many-requests = That was too often. Please try again in { $wait }.
error-no-space = The server has no space left for this. Nothing was lost; please try again later or tell the sender.
error-unavailable = This is not available right now. Please try again in a moment.
error-internal = Something went wrong on our side. If you report it, mention the reference { $reference }.

# Refusals by the state of a thing.
error-no-files = There is no complete file yet. Add at least one file first.
error-unfinished-uploads =
    { $count ->
        [one] One upload is not finished. Wait for it, remove it, or send without it.
       *[other] { $count } uploads are not finished. Wait for them, remove them, or send without them.
    }
error-still-draft = This package has not been sent yet.
error-not-draft = This package has been sent already.
error-revoked = This was withdrawn and stays so. Send a new package instead.
error-ended = This package has ended. Extend it first.
error-erased = The files have been erased. Send a new package instead.
error-downloading = Every download that this link allows is being fetched right now. Please try again in { $wait }.
error-last-file = This is the last file. Revoke or delete the package instead of emptying it.
error-too-late-to-undo = The time to undo is over.
error-not-a-request = Only requests can be closed and reopened.
error-wrong-kind = This is not possible for this kind of package.
error-offset-mismatch = The upload stands at byte { $offset }. Ask where it stands and go on from there.
error-upload-finished = This upload is complete; it takes no more bytes.
error-idempotency-key-reused = This Idempotency-Key was used for another request. Use a new one.
error-email-taken = There is an account with this address already.
error-setup-done = The setup has been completed already. Please sign in.
error-link-works = This link still works; open it instead of asking for a new one.
error-content-mismatch = What arrived does not match the announced length or digest. Send the file again.
error-chunk-mismatch = The chunk does not match its checksum. Send it again from the same offset.

# What is wrong with one field.
invalid-required = This is needed.
invalid-too-long = This is too long; at most { $max } characters fit.
invalid-too-short = This is too short; at least { $min } characters are needed.
invalid-too-many = These are too many; at most { $max } are possible.
invalid-out-of-range = This must be between { $min } and { $max }.
invalid-not-an-email = This does not look like an e-mail address.
invalid-unknown = This does not match.
invalid-not-allowed = This is not possible here.
