//! API client and people's commands. Nothing stands here yet: the operator's commands come with the server.
