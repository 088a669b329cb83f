"""People, conversations, and what people teach and are asked.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and what a post is told of the picture that a person wants."""
    op.add_column(
        "posts",
        sa.Column(
            "design_note",
            sa.Text(),
            nullable=True,
            comment="What a person wants other about the picture; until it is made anew",
        ),
    )
    op.create_index(op.f("ix_posts_brand_scheduled_at"), "posts", ["brand", "scheduled_at"], unique=False)
    op.create_table(
        "brand_rules",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Rule id"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column(
            "lesson",
            sa.String(length=96),
            nullable=False,
            comment="The lesson that was seen repeatedly, or asked for by a person",
        ),
        sa.Column("applies_to", sa.String(length=96), nullable=False, comment="copy or creative"),
        sa.Column("statement", sa.Text(), nullable=False, comment="The rule as the agents are told it"),
        sa.Column(
            "check", sa.JSON(), nullable=True, comment="What code can check of it; empty where only a reader can"
        ),
        sa.Column("evidence", sa.JSON(), nullable=False, comment="Ids of the examples behind it"),
        sa.Column("state", sa.String(length=96), nullable=False, comment="proposed, accepted, rejected or retired"),
        sa.Column("state_reason", sa.Text(), nullable=False, comment="Why, and by whom"),
        sa.Column("proposed_by", sa.Text(), nullable=False, comment="Who proposed it"),
        sa.Column("proposed_at", sa.String(length=32), nullable=False, comment="When"),
        sa.Column(
            "decided_at",
            sa.String(length=32),
            nullable=True,
            comment="When a person decided",
        ),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'rejected', 'retired')", name=op.f("ck_brand_rules_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_rules")),
        comment="Rules learnt from people's edits",
    )
    op.create_index(op.f("ix_brand_rules_brand_state"), "brand_rules", ["brand", "state"], unique=False)
    op.create_index(op.f("ix_brand_rules_updated_at"), "brand_rules", ["updated_at"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Conversation id"),
        sa.Column("person", sa.String(length=96), nullable=False, comment="Who talks"),
        sa.Column("brand", sa.String(length=96), nullable=True, comment="Brand that it is about; empty for all"),
        sa.Column("surface", sa.String(length=96), nullable=False, comment="console, cli or mcp"),
        sa.Column("title", sa.Text(), nullable=False, comment="The first question, shortened"),
        sa.Column(
            "started_at",
            sa.String(length=32),
            nullable=False,
            comment="When it began",
        ),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        comment="Conversations with the orchestrator",
    )
    op.create_index(op.f("ix_conversations_person"), "conversations", ["person"], unique=False)
    op.create_index(op.f("ix_conversations_updated_at"), "conversations", ["updated_at"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Proposal id; its approval request has the same"),
        sa.Column(
            "kind", sa.String(length=96), nullable=False, comment="reschedule_post, edit_post, edit_plan or adopt_rule"
        ),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("subject", sa.String(length=96), nullable=False, comment="Post, plan or rule that it is about"),
        sa.Column("payload", sa.JSON(), nullable=False, comment="Exactly what would be done"),
        sa.Column("before", sa.JSON(), nullable=False, comment="What it found"),
        sa.Column(
            "fingerprint",
            sa.String(length=96),
            nullable=False,
            comment="SHA-256 of kind, subject, payload and what it found",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it is proposed"),
        sa.Column("proposed_by", sa.Text(), nullable=False, comment="Person, or agent for a person"),
        sa.Column("conversation", sa.String(length=96), nullable=True, comment="Conversation that it came from"),
        sa.Column(
            "state",
            sa.String(length=96),
            nullable=False,
            comment="awaiting_approval, done, rejected, expired, superseded or failed",
        ),
        sa.Column("state_reason", sa.Text(), nullable=False, comment="Why it is in this state, for people"),
        sa.Column("proposed_at", sa.String(length=32), nullable=False, comment="When"),
        sa.Column(
            "expires_at",
            sa.String(length=32),
            nullable=False,
            comment="Until when it can be decided about",
        ),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint(
            "kind IN ('reschedule_post', 'edit_post', 'edit_plan', 'adopt_rule')", name=op.f("ck_proposals_kind")
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'done', 'rejected', 'expired', 'superseded', 'failed')",
            name=op.f("ck_proposals_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        comment="Proposals that wait for a person, beside posts and ad changes",
    )
    op.create_index(op.f("ix_proposals_brand_state"), "proposals", ["brand", "state"], unique=False)
    op.create_index(op.f("ix_proposals_updated_at"), "proposals", ["updated_at"], unique=False)
    op.create_table(
        "users",
        sa.Column(
            "id", sa.String(length=96), nullable=False, comment="Login name, as it is recorded with what they do"
        ),
        sa.Column("role", sa.String(length=96), nullable=False, comment="viewer, editor, approver or admin"),
        sa.Column("brands", sa.JSON(), nullable=True, comment="Brands that they may see, a list; empty for all"),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="Argon2id hash; empty for who signs in by link or proxy alone",
        ),
        sa.Column(
            "created_at",
            sa.String(length=32),
            nullable=False,
            comment="When the user was added",
        ),
        sa.Column("created_by", sa.Text(), nullable=False, comment="Who added the user"),
        sa.Column(
            "disabled_at",
            sa.String(length=32),
            nullable=True,
            comment="Since when they may not sign in",
        ),
        sa.Column(
            "updated_at",
            sa.String(length=32),
            nullable=False,
            comment="When the row last changed; projections follow it",
        ),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'approver', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        comment="People who work here, with their roles",
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Number of the token, shown in lists"),
        sa.Column("user", sa.String(length=96), nullable=False, comment="For whom it acts"),
        sa.Column("name", sa.Text(), nullable=False, comment="What it is for"),
        sa.Column(
            "token_sha256", sa.String(length=96), nullable=False, comment="SHA-256 of the token; never the token"
        ),
        sa.Column("scopes", sa.JSON(), nullable=False, comment="read, edit, decide, administer: a list"),
        sa.Column(
            "created_at",
            sa.String(length=32),
            nullable=False,
            comment="When it was made",
        ),
        sa.Column(
            "expires_at",
            sa.String(length=32),
            nullable=False,
            comment="When it ends by itself",
        ),
        sa.Column(
            "used_at",
            sa.String(length=32),
            nullable=True,
            comment="When it was last used",
        ),
        sa.Column(
            "revoked_at",
            sa.String(length=32),
            nullable=True,
            comment="When it was taken back",
        ),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_api_tokens_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        comment="Tokens for programs that call the JSON API",
    )
    op.create_index(op.f("ix_api_tokens_token_sha256"), "api_tokens", ["token_sha256"], unique=True)
    op.create_table(
        "conversation_messages",
        sa.Column("conversation", sa.String(length=96), nullable=False, comment="Conversation id"),
        sa.Column("number", sa.Integer(), nullable=False, comment="Order within the conversation, from 1"),
        sa.Column("role", sa.String(length=96), nullable=False, comment="user or assistant"),
        sa.Column("text", sa.Text(), nullable=False, comment="What was said, for people"),
        sa.Column("content", sa.JSON(), nullable=False, comment="The blocks as the model was sent them or sent them"),
        sa.Column("model_call", sa.String(length=96), nullable=True, comment="Call that gave it"),
        sa.Column("said_at", sa.String(length=32), nullable=False, comment="When"),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_conversation_messages_conversation")
        ),
        sa.PrimaryKeyConstraint("conversation", "number", name=op.f("pk_conversation_messages")),
        comment="What was said in each conversation",
    )
    op.create_index(op.f("ix_conversation_messages_said_at"), "conversation_messages", ["said_at"], unique=False)
    op.create_table(
        "login_links",
        sa.Column("id", sa.String(length=96), nullable=False, comment="SHA-256 of the link's token"),
        sa.Column("user", sa.String(length=96), nullable=False, comment="Whom it lets in"),
        sa.Column(
            "created_at",
            sa.String(length=32),
            nullable=False,
            comment="When it was made",
        ),
        sa.Column(
            "expires_at",
            sa.String(length=32),
            nullable=False,
            comment="Until when it lets somebody in",
        ),
        sa.Column(
            "used_at",
            sa.String(length=32),
            nullable=True,
            comment="When it let somebody in; it does so once",
        ),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_login_links_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_links")),
        comment="One-time links that let a person in",
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=96), nullable=False, comment="SHA-256 of the session's token"),
        sa.Column("user", sa.String(length=96), nullable=False, comment="Login name"),
        sa.Column("way", sa.String(length=96), nullable=False, comment="link or password"),
        sa.Column(
            "created_at",
            sa.String(length=32),
            nullable=False,
            comment="When they signed in",
        ),
        sa.Column(
            "seen_at",
            sa.String(length=32),
            nullable=False,
            comment="When they were last here",
        ),
        sa.Column(
            "expires_at",
            sa.String(length=32),
            nullable=False,
            comment="When it ends by itself",
        ),
        sa.Column(
            "ended_at",
            sa.String(length=32),
            nullable=True,
            comment="When they signed out, or were",
        ),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name=op.f("fk_sessions_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        comment="Signed-in browsers",
    )
    op.create_index(op.f("ix_sessions_user"), "sessions", ["user"], unique=False)
    op.create_table(
        "tool_calls",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Tool call id"),
        sa.Column("conversation", sa.String(length=96), nullable=False, comment="Conversation id"),
        sa.Column("person", sa.String(length=96), nullable=False, comment="For whom it was called"),
        sa.Column("tool", sa.String(length=96), nullable=False, comment="Name of the tool"),
        sa.Column("arguments", sa.JSON(), nullable=False, comment="What it was asked"),
        sa.Column("outcome", sa.String(length=96), nullable=False, comment="ok, refused or failed"),
        sa.Column("result", sa.Text(), nullable=False, comment="What it answered, shortened"),
        sa.Column("milliseconds", sa.Float(), nullable=False, comment="How long it took"),
        sa.Column("called_at", sa.String(length=32), nullable=False, comment="When"),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_tool_calls_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_calls")),
        comment="Every use of a tool by the orchestrator or an MCP client",
    )
    op.create_index(op.f("ix_tool_calls_called_at"), "tool_calls", ["called_at"], unique=False)
    op.create_index(op.f("ix_tool_calls_conversation"), "tool_calls", ["conversation"], unique=False)
    op.create_table(
        "edit_examples",
        sa.Column("id", sa.String(length=96), nullable=False, comment="Example id"),
        sa.Column("brand", sa.String(length=96), nullable=False, comment="Brand id"),
        sa.Column("post", sa.String(length=96), nullable=False, comment="Post id"),
        sa.Column("kind", sa.String(length=96), nullable=False, comment="edit, rejection, regeneration or choice"),
        sa.Column(
            "field", sa.String(length=96), nullable=False, comment="caption, hashtags, alt_text, creative or post"
        ),
        sa.Column("before", sa.Text(), nullable=False, comment="What stood there"),
        sa.Column(
            "after",
            sa.Text(),
            nullable=False,
            comment="What the person put in its place; empty where they only said no",
        ),
        sa.Column("note", sa.Text(), nullable=False, comment="Why, in their words"),
        sa.Column("lessons", sa.JSON(), nullable=False, comment="What the difference shows, a list of lesson keys"),
        sa.Column("actor", sa.Text(), nullable=False, comment="Who"),
        sa.Column("created_at", sa.String(length=32), nullable=False, comment="When"),
        sa.CheckConstraint(
            "kind IN ('edit', 'rejection', 'regeneration', 'choice')", name=op.f("ck_edit_examples_kind")
        ),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name=op.f("fk_edit_examples_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_examples")),
        comment="Labelled examples of what people changed or refused",
    )
    op.create_index(op.f("ix_edit_examples_brand_created_at"), "edit_examples", ["brand", "created_at"], unique=False)
    op.create_index(op.f("ix_edit_examples_created_at"), "edit_examples", ["created_at"], unique=False)
    op.create_index(op.f("ix_approvals_decision_decided_at"), "approvals", ["decision", "decided_at"], unique=False)
    op.create_index(op.f("ix_approvals_decision_expires_at"), "approvals", ["decision", "expires_at"], unique=False)
    op.create_index(op.f("ix_audit_log_action_sequence"), "audit_log", ["action", "sequence"], unique=False)
    op.create_index(op.f("ix_audit_log_actor_sequence"), "audit_log", ["actor", "sequence"], unique=False)
    op.create_index(op.f("ix_audit_log_brand_sequence"), "audit_log", ["brand", "sequence"], unique=False)
