"""Where W&B departs from SCIM, each with its source. checks/scim_tester.py finds exactly these, or fails."""

ALL = ("multi-tenant", "dedicated", "self-managed", "old")

NO_DISCOVERY = "no page of W&B's has ServiceProviderConfig, ResourceTypes or Schemas"
NO_DISPLAY_NAME = 'scim, "Create user": displayName is not among the fields'

# (flavours, resource, check of scim2-tester, a text in what it says, the source)
DEVIATIONS = [
    (ALL, None, "service_provider_config_endpoint", "Not Found", NO_DISCOVERY),
    (ALL, None, "service_provider_config_endpoint_methods", "returned 404 instead of 405", NO_DISCOVERY),
    (ALL, None, "query_all_resource_types", "Not Found", NO_DISCOVERY),
    (ALL, None, "resource_types_endpoint_methods", "returned 404 instead of 405", NO_DISCOVERY),
    (ALL, None, "query_all_schemas", "Not Found", NO_DISCOVERY),
    (ALL, None, "schemas_endpoint_methods", "returned 404 instead of 405", NO_DISCOVERY),
    (ALL, "User", "object_query_with_attributes", "unknown field displayName", NO_DISPLAY_NAME),
    (ALL, "User", "object_list_with_attributes", "unknown field displayName", NO_DISPLAY_NAME),
    (ALL, "User", "search_with_attributes", "unknown field displayName", NO_DISPLAY_NAME),
    (ALL, "User", "check_remove_attribute", "unknown field displayName", NO_DISPLAY_NAME),
    (ALL, "User", "check_add_attribute", "add cannot be done to displayName", 'scim, "Update user display name": op is replace'),
    (ALL, "User", "object_replacement", "Method Not Allowed", "scim has no PUT for users"),
    (("multi-tenant",), "User", "check_replace_attribute", "'emails'", 'scim, "Update user email": not on Multi-tenant Cloud'),
    (("multi-tenant",), "User", "check_replace_attribute", "'displayName'", 'scim, "Update user display name": not on Multi-tenant Cloud'),
    (ALL, "Group", "search_with_attributes", "Not Found", "scim has no search by POST"),
    (ALL, "Group", "object_deletion", "not supported", 'scim, "Delete team": unsupported'),
]


def translate_request(method: str, path: str, body: dict) -> dict:
    """What W&B demands and SCIM does not."""
    if method == "POST" and path.endswith("/Groups"):
        # scim, "Create team": members is required.
        body.setdefault("members", [])
    return body


def translate_answer(body: dict) -> dict:
    """What W&B's answers have that SCIM has not, put right, so that all the rest can be looked at."""
    for resource in body.get("Resources", [body]):
        # scim, "Get user": one object with capital letters instead of an array.
        if isinstance(resource.get("emails"), dict):
            resource["emails"] = [{"value": resource["emails"]["Value"], "primary": resource["emails"]["Primary"]}]
        # scim, "Get team": capital letters, empty Ref and Type, and null where there are no members.
        if resource.get("members"):
            resource["members"] = [{"value": member["Value"]} for member in resource["members"]]
    return body
