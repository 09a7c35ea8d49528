#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Holds uapi/causeway.h, uapi/causeway.yaml and the tables in kmod/genl/genl.c against each other.

Reads text only, changes nothing, prints TAP.  After the checks proper, each of them is
proven able to fail: a copy of the texts is changed in memory, and the check has to see it.
"""
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILES = ("uapi/causeway.h", "uapi/causeway.yaml", "kmod/genl/genl.c")

LIMITS = {bits: (1 << bits) - 1 for bits in (8, 16, 32, 64)}

# The keys that a genetlink-c specification may have (the kernel's schema for such files).
KEYS = {
    "top": "name doc protocol uapi-header c-family-name c-version-name max-by-define "
           "cmd-max-name cmd-cnt-name definitions attribute-sets operations mcast-groups",
    "definition": "name header type doc value value-start entries render-max enum-name "
                  "name-prefix",
    "entry": "name value doc",
    "set": "name name-prefix enum-name doc subset-of attr-cnt-name attr-max-name attributes",
    "attribute": "name type doc value type-value byte-order multi-attr nested-attributes enum "
                 "enum-as-flags checks sub-type display-hint name-prefix",
    "checks": "flags-mask min max min-len max-len exact-len",
    "operations": "enum-model name-prefix enum-name async-prefix async-enum list",
    "operation": "name doc value attribute-set flags dont-validate config-cond do dump notify "
                 "event mcgrp",
    "direction": "request reply pre post",
    "list": "attributes",
    "group": "name c-define-name flags",
}
TYPES = "unused pad flag binary uint sint u8 u16 u32 u64 s32 s64 string nest".split()


# --- the header -------------------------------------------------------------------------


def header_numbers(text):
    """All constants: #defines, and the values of enumerators."""
    numbers = {}
    for body in re.findall(r"^enum \w+ \{(.*?)^\};", text, re.S | re.M):
        value = 0
        for line in re.sub(r"/\*.*?\*/", "", body, flags=re.S).split(","):
            match = re.match(r"\s*(\w+)(?:\s*=\s*(\w+))?", line)
            if not match:
                continue
            value = int(match.group(2), 0) if match.group(2) else value
            numbers[match.group(1)] = value
            value += 1
    for name, value in re.findall(r"^#define (\w+)\s+(\S.*?)\s*(?:/\*.*)?$", text, re.M):
        if re.fullmatch(r"0x[0-9a-fA-F]+|\d+", value):
            numbers[name] = int(value, 0)
        elif re.fullmatch(r"\((\w+) - 1\)", value) and value[1:-5] in numbers:
            numbers[name] = numbers[value[1:-5]] - 1
    return numbers


def header_enum(text, name):
    """Enumerators of an enum in order, without the first (UNSPEC) and the __MAX."""
    body = re.search(rf"^enum {name} \{{(.*?)^\}};", text, re.S | re.M).group(1)
    names = re.findall(r"^\s*(\w+)\s*(?:=[^,]*)?,", body, re.M)
    return [n for n in names if not n.startswith("__") and not n.endswith("_UNSPEC")]


def header_types(text):
    """Type of each attribute, from the first word of its comment."""
    body = re.search(r"^enum cw_attr \{(.*?)^\};", text, re.S | re.M).group(1)
    types = dict(re.findall(r"^\s*(CW_A_\w+),\s*/\* (\w+)", body, re.M))
    return {n: {"nested": "nest"}.get(t, t) for n, t in types.items()}


def header_command_text(text):
    """The text on each command in the comment above enum cw_cmd."""
    comment = re.search(r"/\*\*\n \* enum cw_cmd -.*?\*/", text, re.S).group(0)
    comment = re.sub(r"\n \*\s*", " ", comment)
    return dict(re.findall(r"@(CW_CMD_\w+): (.*?)(?= @CW_CMD_| \*?/)", comment + " /"))


# --- the kernel's tables ----------------------------------------------------------------


def c_value(expression, numbers):
    """A constant expression of the tables."""
    expression = expression.strip()
    if expression == "U64_MAX":
        return LIMITS[64]
    match = re.fullmatch(r"GENMASK\((.*),(.*)\)", expression)
    if match:
        high, low = (c_value(e, numbers) for e in match.groups())
        return (1 << high + 1) - (1 << low)
    names = set(re.findall(r"[A-Za-z_]\w*", expression))
    return eval(expression, {"__builtins__": {}}, {n: numbers[n] for n in names})


def c_ranges(text, numbers):
    """struct netlink_range_validation: name -> (min, max)."""
    ranges = {}
    for name, body in re.findall(r"netlink_range_validation (\w+) = \{(.*?)\}", text):
        fields = dict(re.findall(r"\.(\w+) = (\w+)", body))
        ranges[name] = tuple(c_value(fields.get(k, "0"), numbers) for k in ("min", "max"))
    return ranges


def type_name(nla):
    name = nla.removeprefix("NLA_").lower()
    return {"nul_string": "string"}.get(name, name)


def kernel_limits(definition, numbers, ranges):
    """One entry of a policy as (type, {limit: value}), limits that say nothing left out."""
    match = re.fullmatch(r"\{ \.type = (NLA_\w+)(?:, \.len = (.*?))? \}", definition)
    if match:
        length = match.group(2)
        return type_name(match.group(1)), (
            {"max-len": c_value(length, numbers)} if length else {})
    macro, arguments = re.fullmatch(r"NLA_POLICY_(\w+)\((.*)\)", definition).groups()
    if macro == "EXACT_LEN":
        return "binary", {"exact-len": c_value(arguments, numbers)}
    kind, rest = (a.strip() for a in arguments.split(",", 1))
    kind = type_name(kind)
    if macro == "FULL_RANGE":
        low, high = ranges[rest.lstrip("&")]
        return kind, numeric_limits(kind, low, high)
    if macro == "RANGE":
        low, high = (c_value(e, numbers) for e in rest.rsplit(",", 1))
        if kind == "binary":
            return kind, {"min-len": low, "max-len": high}
        return kind, numeric_limits(kind, low, high)
    value = c_value(rest, numbers)
    return kind, {{"MIN": "min", "MAX": "max", "MASK": "mask"}[macro]: value}


def numeric_limits(kind, low, high):
    limits = {"min": low} if low else {}
    if high != LIMITS[int(kind[1:])]:
        limits["max"] = high
    return limits


def kernel_tables(text, numbers):
    """Policies by name: {attribute: (type, limits)}."""
    ranges = c_ranges(text, numbers)
    tables = {}
    for name, body in re.findall(r"nla_policy (\w+)\[\] = \{\n(.*?)^\};", text, re.S | re.M):
        entries = re.findall(r"^\t\[(\w+)\] = (.*?),$", body, re.M)
        if len(entries) != body.count("\n"):
            raise ValueError(f"{name}: not every line is an entry")
        tables[name] = {a: kernel_limits(d, numbers, ranges) for a, d in entries}
    return tables


def kernel_operations(text):
    """(command, do?, dump?, policy) in the table's order."""
    body = re.search(r"struct genl_ops ops\[\] = \{\n(.*?)^\};", text, re.S | re.M).group(1)
    found = re.findall(r"\{ \.cmd = (\w+),(.*?)TAKES\((\w+)\) \}", body, re.S)
    return [(cmd, ".doit" in how, ".dumpit" in how, policy) for cmd, how, policy in found]


# --- the specification ------------------------------------------------------------------


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


def spec_entries(definition):
    """Values of an enum's or flags' entries, by name."""
    value, entries = definition.get("value-start", 0), {}
    for entry in definition["entries"]:
        name = entry if isinstance(entry, str) else entry["name"]
        entries[name] = 1 << value if definition["type"] == "flags" else value
        value += 1
    return entries


def spec_definitions(spec):
    return {d["name"]: d for d in spec["definitions"]}


def spec_attributes(spec):
    """Attributes of the one full set, by name in order."""
    return {a["name"]: a for a in spec["attribute-sets"][0]["attributes"]}


def spec_limits(attribute, definitions):
    """The limits that a specification's attribute has, in the form of kernel_limits()."""
    checks = dict(attribute.get("checks", {}))
    limits = {}
    mask = checks.pop("flags-mask", None)
    enum = definitions.get(attribute.get("enum"))
    if mask:
        limits["mask"] = sum(spec_entries(definitions[mask]).values())
    elif enum and attribute.get("enum-as-flags"):
        limits["mask"] = sum(1 << v if enum["type"] == "enum" else v
                             for v in spec_entries(enum).values())
    elif enum:
        limits["min"] = min(spec_entries(enum).values())
        limits["max"] = max(spec_entries(enum).values())
    for key, value in checks.items():
        match = re.fullmatch(r"([a-z-]+)( - 1)?", str(value))
        limits[key] = (definitions[match.group(1)]["value"] - bool(match.group(2))
                       if match else value)
    # "At least 0" is a limit for signed numbers only.
    if limits.get("min") == 0 and attribute["type"].startswith("u"):
        del limits["min"]
    return limits


def request_of(operation):
    names = []
    for how in ("do", "dump"):
        for name in operation.get(how, {}).get("request", {}).get("attributes", []):
            if name not in names:
                names.append(name)
    return names


# --- checks: each returns a list of complaints ------------------------------------------


def check_attributes(t):
    header = [(n, t["numbers"][n]) for n in header_enum(t["header"], "cw_attr")]
    prefix = t["spec"]["attribute-sets"][0]["name-prefix"]
    spec = [(c_name(prefix, n), v) for v, n in enumerate(spec_attributes(t["spec"]), 1)]
    return differences(header, spec)


def check_commands(t):
    header = [(n, t["numbers"][n]) for n in header_enum(t["header"], "cw_cmd")]
    operations = t["spec"]["operations"]
    spec = [(c_name(operations["name-prefix"], o["name"]), v)
            for v, o in enumerate(operations["list"], 1)]
    return differences(header, spec)


def check_types(t):
    prefix = t["spec"]["attribute-sets"][0]["name-prefix"]
    header = header_types(t["header"])
    spec = {c_name(prefix, n): a["type"] for n, a in spec_attributes(t["spec"]).items()}
    spec.pop("CW_A_PAD")
    return differences(sorted(header.items()), sorted(spec.items()))


def check_definitions(t):
    wrong = []
    for definition in t["spec"]["definitions"]:
        if definition["type"] == "const":
            names = {c_name("cw-", definition["name"]): definition["value"]}
        else:
            names = {c_name(definition["name-prefix"], n): v
                     for n, v in spec_entries(definition).items()}
        wrong += [f"{n} is {v}, in the header {t['numbers'].get(n)}"
                  for n, v in names.items() if t["numbers"].get(n) != v]
    return wrong


def check_stages_complete(t):
    stages = spec_entries(spec_definitions(t["spec"])["stage"])
    if max(stages.values()) == t["numbers"]["CW_STAGE_MAX"]:
        return []
    return [f"the last stage is {max(stages.values())}, "
            f"in the header {t['numbers']['CW_STAGE_MAX']}"]


def check_names(t):
    wanted = {"CW_GENL_NAME": t["spec"]["name"],
              "CW_MCGRP_NOTIFY": t["spec"]["mcast-groups"]["list"][0]["name"]}
    return [f"{name} is not \"{value}\"" for name, value in wanted.items()
            if not re.search(rf'^#define {name}\s+"{value}"$', t["header"], re.M)]


def check_operations(t):
    prefix = t["spec"]["operations"]["name-prefix"]
    spec = [(c_name(prefix, o["name"]), "do" in o, "dump" in o)
            for o in t["spec"]["operations"]["list"] if "event" not in o]
    return differences([o[:3] for o in t["operations"]], spec)


def check_requests(t):
    """Each command takes what its policy lets through, neither more nor less."""
    attr_prefix = t["spec"]["attribute-sets"][0]["name-prefix"]
    tables = dict(t["tables"], none_policy={})
    policies = {cmd: tables[policy] for cmd, _, _, policy in t["operations"]}
    wrong = []
    for operation in t["spec"]["operations"]["list"]:
        name = c_name(t["spec"]["operations"]["name-prefix"], operation["name"])
        spec = [c_name(attr_prefix, n) for n in request_of(operation)]
        if "event" not in operation:
            wrong += [f"{name}: {d}" for d in differences(list(policies[name]), spec)]
    return wrong


def check_limits(t):
    """Types and limits of the policies are those of the specification."""
    prefix = t["spec"]["attribute-sets"][0]["name-prefix"]
    definitions = spec_definitions(t["spec"])
    spec = {c_name(prefix, n): (a["type"], spec_limits(a, definitions))
            for n, a in spec_attributes(t["spec"]).items()}
    return [f"{table}: {name} is {kernel}, in the specification {spec[name]}"
            for table, entries in t["tables"].items() if table != "none_policy"
            for name, kernel in entries.items() if spec[name] != kernel]


def check_tables_used(t):
    used = {policy for _, _, _, policy in t["operations"]}
    return [f"{name} belongs to no command" for name in t["tables"] if name not in used]


def check_comment(t):
    """The header's comment names every command, do and dump as the table has them."""
    said = header_command_text(t["header"])
    wrong = [f"{n} is not described" for n in header_enum(t["header"], "cw_cmd")
             if n not in said]
    for cmd, do, dump, _ in t["operations"]:
        text = said.get(cmd, "")
        if do != bool(re.search(r"\bdo\b", text)) or dump != bool(re.search(r"\bdump\b", text)):
            wrong.append(f"{cmd}: do and dump differ from \"{text}\"")
    return wrong


def check_form(t):
    """The specification says nothing that its schema does not know, and names what is there."""
    spec, wrong = t["spec"], []

    def known(what, kind):
        wrong.extend(f"{kind} has no \"{k}\"" for k in what if k not in KEYS[kind].split())

    known(spec, "top")
    definitions = spec_definitions(spec)
    for definition in definitions.values():
        known(definition, "definition")
        for entry in definition.get("entries", []):
            known({} if isinstance(entry, str) else entry, "entry")
    sets = {s["name"]: [a["name"] for a in s["attributes"]] for s in spec["attribute-sets"]}
    for group in spec["attribute-sets"]:
        known(group, "set")
        for attribute in group["attributes"]:
            known(attribute, "attribute")
            known(attribute.get("checks", {}), "checks")
            wrong += form_attribute(attribute, group, sets, definitions)
    known(spec["operations"], "operations")
    for operation in spec["operations"]["list"]:
        known(operation, "operation")
        for how in ("do", "dump"):
            known(operation.get(how, {}), "direction")
            for part in operation.get(how, {}).values():
                known(part, "list")
                wrong += [f"{operation['name']}: no attribute \"{n}\""
                          for n in part["attributes"] if n not in sets["cw"]]
        wrong += [f"{operation['name']}: no attribute \"{n}\""
                  for n in operation.get("event", {}).get("attributes", [])
                  if n not in sets["cw"]]
    for group in spec["mcast-groups"]["list"]:
        known(group, "group")
    return wrong


def form_attribute(attribute, group, sets, definitions):
    wrong = []
    if "subset-of" in group:
        if attribute["name"] not in sets[group["subset-of"]]:
            wrong.append(f"{attribute['name']} is not in {group['subset-of']}")
    elif attribute.get("type") not in TYPES:
        wrong.append(f"{attribute['name']} has no known type")
    for key, where in (("enum", definitions), ("nested-attributes", sets)):
        if key in attribute and attribute[key] not in where:
            wrong.append(f"{attribute['name']}: no {attribute[key]}")
    return wrong


def differences(one, other):
    """How two lists differ, up to the first place."""
    for index, (a, b) in enumerate(zip(one, other)):
        if a != b:
            return [f"{a} here, {b} there, at place {index + 1}"]
    if len(one) != len(other):
        longer = one if len(one) > len(other) else other
        return [f"{longer[min(len(one), len(other))]} is in one of them only"]
    return []


CHECKS = {
    "attributes: same names and values in header and specification": check_attributes,
    "attributes: same types in the header's comments and the specification": check_types,
    "commands: same names and values in header and specification": check_commands,
    "definitions: same values in header and specification": check_definitions,
    "stages: the specification has all": check_stages_complete,
    "family and group: same names": check_names,
    "commands: the kernel has do and dump as specified": check_operations,
    "requests: the kernel's policies take the attributes specified": check_requests,
    "requests: types and limits of the policies are those specified": check_limits,
    "policies: each belongs to a command": check_tables_used,
    "commands: the header's comment describes what there is": check_comment,
    "specification: follows the schema of genetlink-c": check_form,
}

# For each check, a change (file, from, to) that it has to notice.
MUTATIONS = {
    check_attributes: [("uapi/causeway.h", "\tCW_A_ABI,", "\tCW_A_ABJ,"),
                       ("uapi/causeway.h", "\tCW_A_FILTER_STAGES,", "\tCW_A_Y, CW_A_X,"),
                       ("uapi/causeway.h", "\tCW_A_TAPS,", "\tCW_A_TAPS = 9,"),
                       ("uapi/causeway.yaml", "        name: abi\n", "        name: abj\n")],
    check_types: [("uapi/causeway.h", "CW_A_NETNS_ID,\t\t/* u16", "CW_A_NETNS_ID,\t\t/* u32"),
                  ("uapi/causeway.yaml", "        name: netns-inum\n        type: u32",
                   "        name: netns-inum\n        type: u16")],
    check_commands: [("uapi/causeway.h", "\tCW_CMD_STATUS_GET,\n", ""),
                     ("uapi/causeway.yaml", "      name: carrier-set\n", "      name: carrier\n")],
    check_definitions: [("uapi/causeway.h", "CW_SIDE_ANY\t\t3", "CW_SIDE_ANY\t\t4"),
                        ("uapi/causeway.h", "\tCW_RULE_ROOT = 1", "\tCW_RULE_ROOT = 2"),
                        ("uapi/causeway.yaml", "value: 1000000\n", "value: 1000\n")],
    check_stages_complete: [("uapi/causeway.h", "\tCW_STAGE_RETRANSMIT,",
                             "\tCW_STAGE_RETRANSMIT,\n\tCW_STAGE_NEW,")],
    check_names: [("uapi/causeway.h", 'NAME\t\t"causeway"', 'NAME\t\t"causewey"'),
                  ("uapi/causeway.yaml", "      name: notify\n      c-", "      name: nope\n      c-")],
    check_operations: [("kmod/genl/genl.c", ".dumpit = cw_genl_netns_dump", ".doit = cw_genl_netns_dump"),
                       ("kmod/genl/genl.c", "CW_CMD_SESSION_GET, .dumpit", "CW_CMD_EVENTS, .dumpit")],
    check_requests: [("kmod/genl/genl.c", "\t[CW_A_RULE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),\n", ""),
                     ("kmod/genl/genl.c", "TAKES(policy_del_policy)", "TAKES(none_policy)"),
                     ("uapi/causeway.yaml", "            - filter-port\n", "")],
    check_limits: [("kmod/genl/genl.c", "NLA_POLICY_MIN(NLA_U16, 1)", "NLA_POLICY_MIN(NLA_U32, 1)"),
                   ("kmod/genl/genl.c", "[CW_A_RULE_RATE] = { .type = NLA_U32 }",
                    "[CW_A_RULE_RATE] = { .type = NLA_U64 }"),
                   ("kmod/genl/genl.c", "{ .max = CW_RATIO_ONE }", "{ .max = 2000000 }"),
                   ("kmod/genl/genl.c", "CW_PEER_MARK_EVERY | CW_PEER_ACCEPT_OBI", "CW_PEER_MARK_EVERY"),
                   ("kmod/genl/genl.c", "CW_COMM_LEN - 1", "CW_COMM_LEN"),
                   ("kmod/genl/genl.c", "GENMASK(CW_STAGE_MAX, 1)", "GENMASK(CW_STAGE_MAX, 0)"),
                   ("uapi/causeway.yaml", "          max: 128\n", "          max: 64\n"),
                   ("uapi/causeway.yaml", "          exact-len: trace-id-len\n",
                    "          exact-len: 8\n")],
    check_tables_used: [("kmod/genl/genl.c", "TAKES(carrier_set_policy)", "TAKES(none_policy)")],
    check_comment: [("uapi/causeway.h", "@CW_CMD_COUNTER_GET: dump", "@CW_CMD_COUNTER_GET: do"),
                    ("uapi/causeway.h", " * @CW_CMD_CARRIER_SET:", " * @CW_CMD_CARRIER:")],
    check_form: [("uapi/causeway.yaml", "    enum-name: cw-attr\n", "    enum-nam: cw-attr\n"),
                 ("uapi/causeway.yaml", "  enum-name: cw-cmd\n", "  enum-nam: cw-cmd\n"),
                 ("uapi/causeway.yaml", "enum: direction\n", "enum: directions\n"),
                 ("uapi/causeway.yaml", "        nested-attributes: taps", "        nested-attributes: tap"),
                 ("uapi/causeway.yaml", "            - netns-inum\n", "            - netns\n")],
}


def load(texts):
    """Everything that the checks need, from the texts by name."""
    header, kernel = texts["uapi/causeway.h"], texts["kmod/genl/genl.c"]
    numbers = header_numbers(header)
    return {"header": header, "numbers": numbers, "spec": yaml.safe_load(texts["uapi/causeway.yaml"]),
            "tables": kernel_tables(kernel, numbers), "operations": kernel_operations(kernel)}


class Tap:
    """Numbers and counts results."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, complaints, description):
        self.count += 1
        self.failed += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {self.count} - {description}")
        for complaint in complaints:
            print(f"# {complaint}")


def mutation_unseen(check, texts, file, old, new):
    """Complaints if a check does not notice a change; a change that cannot be made is one."""
    if old not in texts[file]:
        return [f"the text to change is not there: {old!r}"]
    changed = load(dict(texts, **{file: texts[file].replace(old, new, 1)}))
    try:
        return [] if check(changed) else ["the change was not noticed"]
    except KeyError:
        # A name that is looked up is gone: a check has to notice that as well.
        return []


def main():
    texts = {name: (ROOT / name).read_text() for name in FILES}
    parsed = load(texts)
    tap = Tap()
    print(f"1..{len(CHECKS) + sum(map(len, MUTATIONS.values()))}")
    for description, check in CHECKS.items():
        tap.result(check(parsed), description)
    for check, changes in MUTATIONS.items():
        for file, old, new in changes:
            tap.result(mutation_unseen(check, texts, file, old, new),
                       f"self-test: {check.__name__} notices {new.strip() or 'the loss of ' + old.strip()}"
                       .replace("\n", " ").replace("#", "").replace("\t", " "))
    return tap.failed > 0


if __name__ == "__main__":
    sys.exit(main())
