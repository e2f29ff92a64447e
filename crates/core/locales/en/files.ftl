# Why a file name or path is refused.
name-empty = A file needs a name.
name-dots = “.” and “..” are not names of files or folders.
name-slash = The name contains a slash.
name-nul = The name contains a character that no file name may hold.
name-too-long = The name is too long: at most 255 bytes, about as many letters.
path-absolute = The path starts with a slash; it must begin with a name.
path-empty-segment = The path contains a folder without a name.
path-too-long = The path is too long: at most 1,024 bytes with all its folders.
path-too-deep = The path has too many folders: at most 32 levels.
