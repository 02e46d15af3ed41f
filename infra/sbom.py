"""The software bill of materials of one function, as CycloneDX 1.6, and what it is checked against.

    sbom.py write FUNCTION TARGET             prints it
    sbom.py check                             each function for each target, against Cargo.lock
    sbom.py check FUNCTION TARGET BINARY      and against the list that cargo-auditable put into the binary

What is linked comes from Cargo's own resolution for this function alone, so the document has no crate that another
member of the workspace brings. What only builds (build scripts, macros) is listed with the scope `excluded`.
"""

import hashlib
import json
import re
import struct
import subprocess
import sys
import tomllib
import uuid
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ["webhook", "processor", "archiver", "publisher"]
TARGETS = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]
LINE = re.compile(r"^(\d+)(\S+) v(\S+)(?: \(proc-macro\))?(?: \(([^)]*)\))?\|(.*?)(?: \(\*\))?$")


def tree(function, target, edges):
    """{(name, version): (licence, {(name, version) that it needs})} in the order of Cargo's tree."""
    command = ["cargo", "tree", "--locked", "-p", function, "--target", target, "-e", edges, "--prefix", "depth", "-f", "{p}|{l}"]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found, path = {}, []
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            raise ValueError(f"cargo tree printed {line!r}")
        depth, name, version, _, licence = match.groups()
        del path[int(depth) :]
        crate = (name, version)
        found.setdefault(crate, (licence, set()))
        if path:
            found[path[-1]][1].add(crate)
        path.append(crate)
    return found


def locked():
    """{(name, version): SHA-256 of the crate, None for a member of the workspace}."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    return {(package["name"], package["version"]): package.get("checksum") for package in packages}


def purl(crate):
    return f"pkg:cargo/{crate[0]}@{crate[1]}"


def document(function, target):
    """The bill of materials; the same for the same sources."""
    everything = tree(function, target, "normal,build")
    linked = set(tree(function, target, "normal,no-proc-macro"))
    checksums = locked()
    root = next(iter(everything))
    components = []
    for crate in sorted(set(everything) - {root}):
        component = {"type": "library", "bom-ref": purl(crate), "name": crate[0], "version": crate[1]}
        component["scope"] = "required" if crate in linked else "excluded"
        if checksums.get(crate):
            component["hashes"] = [{"alg": "SHA-256", "content": checksums[crate]}]
        component["licenses"] = [{"expression": everything[crate][0].replace("/", " OR ")}]
        component["purl"] = purl(crate)
        components.append(component)
    application = {"type": "application", "bom-ref": purl(root), "name": root[0], "version": root[1], "purl": purl(root)}
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": application, "properties": [{"name": "tollgate:target", "value": target}]},
        "components": components,
        "dependencies": [
            {"ref": purl(crate), "dependsOn": sorted(map(purl, needs))} for crate, (_, needs) in sorted(everything.items())
        ],
    }
    # The serial number follows from the content, so that two builds give one document.
    digest = hashlib.sha256(json.dumps(bom, sort_keys=True).encode()).digest()
    return bom | {"serialNumber": uuid.UUID(bytes=digest[:16], version=4).urn}


def crates(bom, scope):
    return {(each["name"], each["version"]) for each in bom["components"] if each["scope"] == scope}


def problems(bom, checksums, audited=None):
    """What is wrong with a document, given the lock file and what the binary says of itself."""
    found = []
    for each in bom["components"]:
        crate = (each["name"], each["version"])
        content = [one["content"] for one in each.get("hashes", [])]
        if crate not in checksums:
            found.append(f"{purl(crate)} is not in Cargo.lock")
        elif content != [checksum for checksum in [checksums[crate]] if checksum]:
            found.append(f"{purl(crate)} has not the checksum of Cargo.lock")
        if not each["licenses"][0]["expression"]:
            found.append(f"{purl(crate)} has no licence")
    refs = {each["bom-ref"] for each in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    for each in bom["dependencies"]:
        found += [f"{ref} is needed and not listed" for ref in {each["ref"], *each["dependsOn"]} - refs]
    if audited is not None:
        found += [f"{purl(crate)} is linked and not in the binary's list" for crate in crates(bom, "required") - audited]
        found += [f"{purl(crate)} is in the binary's list and not in Cargo.lock" for crate in audited - set(checksums)]
    return found


def audited(binary):
    """What cargo-auditable wrote into the section .dep-v0 of a 64-bit little-endian ELF file."""
    data = Path(binary).read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{binary} is not a 64-bit ELF file")
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", data, table + size * each) for each in range(count)]
    strings = sections[names][4] if sections else 0
    for name, _, _, _, offset, length in sections:
        if data[strings + name :].startswith(b".dep-v0\0"):
            listed = json.loads(zlib.decompress(data[offset : offset + length]))["packages"]
            return {(each["name"], each["version"]) for each in listed}
    raise ValueError(f"{binary} does not say what it was built from: build it with cargo auditable")


def main(arguments):
    match arguments:
        case ["write", function, target]:
            print(json.dumps(document(function, target), indent=1))
        case ["check"]:
            checksums = locked()
            found = {}
            for function in FUNCTIONS:
                for target in TARGETS:
                    bom = document(function, target)
                    found[function, target] = problems(bom, checksums)
                print(f"{function}: {len(crates(bom, 'required'))} crates linked, {len(crates(bom, 'excluded'))} that build")
            report = [f"{function} {target}: {each}" for (function, target), those in found.items() for each in those]
            sys.exit("\n".join(report) or None)
        case ["check", function, target, binary]:
            sys.exit("\n".join(problems(document(function, target), locked(), audited(binary))) or None)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
