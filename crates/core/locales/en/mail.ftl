# The e-mails. { $sender }, { $title }, { $who } and { $site } are other people's words; { $at } is a formatted time with its zone.

## Frame
mail-from-name = { $sender } via { $site }
mail-label-from = From
mail-label-to = To
mail-label-contents = Contents
mail-label-ends = Time limit
mail-label-note = Note
mail-label-status = Status
mail-label-answer = Answer of the mail server
mail-label-downloads = Downloads so far
mail-label-delivered = Delivered
mail-delivered = { $size } in { $duration }
mail-contents-summary = { $files }, { $size }
mail-line-from = From:
mail-line-to = To:
mail-address-hint = If the button does not work, copy this address into your browser:
mail-somebody = Somebody
mail-abuse = Unwanted or suspicious? Write to { $contact }.

## Why somebody gets a mail
mail-reason-guest = You receive this e-mail because { $sender } ({ $email }) entered your address at { $site }. A reply goes to { $sender }.
mail-reason-owner = You receive this e-mail because this is yours at { $site }. Which notices you get is set here: { $account }
mail-reason-always = You receive this e-mail because this is yours at { $site }. A warning before something is erased cannot be switched off.
mail-reason-notify = You receive this e-mail because { $owner } ({ $email }) entered your address at { $site } to be told about this. To be told no more, ask { $owner } to take it off.
mail-reason-digest-owner = Several notices came for you within an hour, so { $site } collected them in one e-mail. Which notices you get is set here: { $account }
mail-reason-digest-notify = You receive this e-mail because your address was entered at { $site } to be told about this. To be told no more, ask the sender to take it off.
mail-reason-account = You receive this e-mail because your address belongs to an account at { $site }, or was entered there for a new one.

## Outside people
mail-shared-subject = { $sender } has shared files with you: { $title }
mail-shared-lead = { $sender } has shared { $files } ({ $size }) with you.
mail-shared-button = Download
mail-shared-hint = Whoever has this link can fetch the files until it ends. You need no account.
mail-request-subject = { $sender } is requesting files: { $title }
mail-request-lead = { $sender } asks you to upload files.
mail-request-button = Upload files
mail-request-hint = You need no account, and you can come back with the same link until it ends.
mail-grant-link-subject = { $sender } invites you to upload files
mail-grant-link-lead = { $sender } has opened an upload link for you.
mail-grant-link-button = Upload files
mail-grant-link-hint = You need no account. Only { $sender } sees what you upload.

## Owners
mail-open-package = Open the package
mail-arrived-subject = Files have arrived: { $title }
mail-arrived-lead = { $who } has uploaded { $files } ({ $size }).
mail-received-button = Download
mail-rejected-subject = E-mail to { $who } was refused: { $title }
mail-rejected-lead = The e-mail to { $who } ({ $email }) was refused by the mail server. They do not know about your package yet.
mail-rejected-hint = Check the address and send again, or copy the link from the package's page and pass it on in another way.
mail-asked-subject = { $who } asks for a new link: { $title }
mail-asked-lead = { $who } opened a link that has ended and asks for a new one.
mail-asked-button = Review and extend
mail-asked-hint = Nothing changes until you press the button on that page.
# What the owner is told of a link that somebody asks about.
mail-asked-expired = The link expired on { $at }. You can extend it.
mail-asked-completed = Every download of the link was used by { $at }. You can allow more.
mail-asked-revoked = You withdrew the link on { $at }. It cannot be extended; you can send the files again.
mail-first-download-subject = { $who } has downloaded: { $title }
mail-first-download-lead = { $who } completed a download for the first time on { $at }.
mail-not-downloaded-subject = Not downloaded yet: { $title }
mail-not-downloaded-lead =
    { $count ->
        [one] { $who } has not completed a download yet, and the link ends soon.
       *[other] { $who } have not completed a download yet, and their links end soon.
    }
mail-not-downloaded-hint = You can send the e-mail again or extend the time on the package's page.
mail-not-downloaded-by-nobody = Nobody has completed a download yet, and the link ends soon.
mail-ending-soon-subject = Ending soon: { $title }
mail-ending-soon-lead = This package ends soon. Afterwards its link no longer works.
mail-ending-soon-button = Review and extend
mail-erasing-received-subject = Files will be erased soon: { $title }
mail-erasing-received-lead = What has arrived here is erased soon. Download what you want to keep.
mail-erasing-draft-subject = Draft will be erased soon: { $title }
mail-erasing-draft-lead = This draft was never sent and has not changed for a while. It is erased soon; any change keeps it.
mail-erasing-draft-button = Continue the draft

## People told about a package
mail-removed-subject = Removed: { $title }
mail-removed-lead = These files are no longer available.
mail-completed-download-subject = Downloaded: { $title }
mail-completed-download-lead = { $who } completed a download on { $at }.

## Many notices at once
mail-digest-subject =
    { $count ->
        [one] One more notice from { $site }
       *[other] { $count } notices from { $site }
    }
mail-digest-lead =
    { $count ->
        [one] So that they do not flood your mailbox, notices that come one after the other are collected. Here is one.
       *[other] So that they do not flood your mailbox, notices that come one after the other are collected. Here are { $count }.
    }
mail-digest-button = Open the packages
mail-digest-completed-download =
    { $count ->
        [one] { $who } completed a download on { $at }.
       *[other] { $who }: { $count } completed downloads, the last on { $at }.
    }
mail-digest-first-download = { $who } completed a download for the first time on { $at }.
mail-digest-arrived = { $who } uploaded { $what }
mail-digest-rejected = The e-mail to { $who } was refused: { $what }
mail-digest-asked = { $who } asks for a new link. { $what }
mail-digest-not-downloaded = Not downloaded yet by { $who }. { $what }
mail-digest-not-downloaded-by-nobody = Nobody has downloaded yet. { $what }
mail-digest-ending-soon = Ends soon. { $what }
mail-digest-erasing-received = What has arrived is erased soon. { $what }
mail-digest-erasing-draft = This draft is erased soon. { $what }
mail-digest-removed = The files are gone. { $what }

## Causes and warnings
notice-deleted = Deleted by its owner on { $at }.
notice-erased-on = It will be erased on { $at }.

## Accounts
mail-invite-subject = { $sender } invites you to { $site }
mail-invite-lead = { $sender } has made an account for you at { $site }. With it you can send files to people outside and ask them for files.
mail-invite-button = Choose a password
mail-invite-hint = This link works once, until { $at }.
mail-password-reset-subject = Choose a new password for { $site }
mail-password-reset-lead = Somebody, hopefully you, asked for a new password for your account at { $site }.
mail-password-reset-button = Choose a new password
mail-password-reset-hint = This link works once, until { $at }. If it was not you who asked, ignore this e-mail: nothing has changed.
mail-test-subject = Test message from { $site }
mail-test-lead = { $site } can send e-mail. { $who } asked for this test on { $at }.
