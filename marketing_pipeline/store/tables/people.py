"""The people who work here and how they are recognised. Nothing of it reaches analysts."""

from sqlalchemy import Column, ForeignKey, Index, String, Table

from marketing_pipeline.domain.person import Role
from marketing_pipeline.store.tables.columns import changed_at, identifier, json, metadata, moment, one_of, text

users = Table(
    "users",
    metadata,
    identifier("id", "Login name, as it is recorded with what they do", primary_key=True),
    identifier("role", "viewer, editor, approver or admin"),
    json("brands", "Brands that they may see, a list; empty for all", nullable=True),
    text("password_hash", "Argon2id hash; empty for who signs in by link or proxy alone", nullable=True),
    moment("created_at", "When the user was added"),
    text("created_by", "Who added the user"),
    moment("disabled_at", "Since when they may not sign in", nullable=True),
    changed_at(),
    one_of("role", Role),
    comment="People who work here, with their roles",
)

sessions = Table(
    "sessions",
    metadata,
    identifier("id", "SHA-256 of the session's token", primary_key=True),
    Column("user", String(96), ForeignKey("users.id"), nullable=False, comment="Login name"),
    identifier("way", "link or password"),
    moment("created_at", "When they signed in"),
    moment("seen_at", "When they were last here"),
    moment("expires_at", "When it ends by itself"),
    moment("ended_at", "When they signed out, or were", nullable=True),
    Index(None, "user"),
    comment="Signed-in browsers",
)

login_links = Table(
    "login_links",
    metadata,
    identifier("id", "SHA-256 of the link's token", primary_key=True),
    Column("user", String(96), ForeignKey("users.id"), nullable=False, comment="Whom it lets in"),
    moment("created_at", "When it was made"),
    moment("expires_at", "Until when it lets somebody in"),
    moment("used_at", "When it let somebody in; it does so once", nullable=True),
    comment="One-time links that let a person in",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    identifier("id", "Number of the token, shown in lists", primary_key=True),
    Column("user", String(96), ForeignKey("users.id"), nullable=False, comment="For whom it acts"),
    text("name", "What it is for"),
    identifier("token_sha256", "SHA-256 of the token; never the token"),
    json("scopes", "read, edit, decide, administer: a list"),
    moment("created_at", "When it was made"),
    moment("expires_at", "When it ends by itself"),
    moment("used_at", "When it was last used", nullable=True),
    moment("revoked_at", "When it was taken back", nullable=True),
    Index(None, "token_sha256", unique=True),
    comment="Tokens for programs that call the JSON API",
)
