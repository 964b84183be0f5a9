"""A stand-in for the W&B server, for tests. README.md says what it does and where it knows it from.

The sources, as comments in these files name them:

    scim     W&B's page "Manage users, groups, and roles with SCIM"
    byob     W&B's page "Bring your own bucket (BYOB)"
    sdk      the source of the Python package wandb 0.31.0
    schema   the GraphQL schema as a public copy of W&B's generated TypeScript has it, about 2023
    #1234    an issue or pull request of github.com/wandb/wandb, for what the true server was seen to answer
    inferred nobody says so; it is the likeliest, or the strictest
"""
