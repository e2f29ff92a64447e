# What the server answers when it cannot do what was asked. One sentence: what is the matter; what to do.
error-bad-request = The request could not be understood.
error-unauthorized = Please sign in first.
error-forbidden = You are not allowed to do this.
error-not-found = There is nothing here, or it is not yours to see.
error-conflict = This is not possible in the present state.
error-gone = This link has ended or never existed.
error-invalid = Some of what was entered cannot be accepted.
error-too-large = This is larger than what is accepted here ({ $limit }).
error-too-many-requests = That was too often. Please try again in { $wait }.
error-no-space = The server has no space left for this. Nothing was lost; please try again later or tell the sender.
error-unavailable = This is not available right now. Please try again in a moment.
error-internal = Something went wrong on our side. If you report it, mention the reference { $reference }.
