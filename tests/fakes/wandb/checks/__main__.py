from . import behaviour, scim_tester, sdk

problems = behaviour.run() + scim_tester.run() + sdk.run()
for problem in problems:
    print(f"WRONG: {problem}")
raise SystemExit(1 if problems else 0)
