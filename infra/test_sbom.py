"""A bill of materials that says too little or something else is noticed, by `infra/test.sh`."""

import copy
import json
import struct
import tempfile
import unittest
import zlib

import sbom

LOCKED = {("webhook", "0.1.0"): None, ("aws", "0.1.0"): None, ("bytes", "1.12.2"): "ab12", ("cc", "1.11.3"): "cd34"}
BOM = {
    "metadata": {"component": {"bom-ref": "pkg:cargo/webhook@0.1.0"}},
    "components": [
        {
            "bom-ref": "pkg:cargo/bytes@1.12.2", "name": "bytes", "version": "1.12.2", "scope": "required",
            "hashes": [{"alg": "SHA-256", "content": "ab12"}], "licenses": [{"expression": "MIT"}],
        },
        {
            "bom-ref": "pkg:cargo/cc@1.11.3", "name": "cc", "version": "1.11.3", "scope": "excluded",
            "hashes": [{"alg": "SHA-256", "content": "cd34"}], "licenses": [{"expression": "MIT"}],
        },
        {
            "bom-ref": "pkg:cargo/aws@0.1.0", "name": "aws", "version": "0.1.0", "scope": "required",
            "licenses": [{"expression": "MIT"}],
        },
    ],
    "dependencies": [{"ref": "pkg:cargo/webhook@0.1.0", "dependsOn": ["pkg:cargo/bytes@1.12.2"]}],
}
AUDITED = {("webhook", "0.1.0"), ("bytes", "1.12.2"), ("aws", "0.1.0")}


class BillOfMaterials(unittest.TestCase):
    def check(self, expected, change=lambda bom: None, audited=AUDITED):
        bom = copy.deepcopy(BOM)
        change(bom)
        self.assertEqual(sbom.problems(bom, LOCKED, audited), expected)

    def test_each_thing_that_is_wrong_is_said(self):
        self.check([])
        self.check(["pkg:cargo/bytes@1.12.3 is not in Cargo.lock", "pkg:cargo/bytes@1.12.3 is linked and not in the binary's list"],
                   lambda bom: bom["components"][0].update(version="1.12.3"))
        self.check(["pkg:cargo/bytes@1.12.2 has not the checksum of Cargo.lock"],
                   lambda bom: bom["components"][0]["hashes"][0].update(content="ff"))
        self.check(["pkg:cargo/cc@1.11.3 has not the checksum of Cargo.lock"], lambda bom: bom["components"][1].pop("hashes"))
        self.check(["pkg:cargo/cc@1.11.3 has no licence"], lambda bom: bom["components"][1]["licenses"][0].update(expression=""))
        self.check(["pkg:cargo/bytes@1.12.2 is needed and not listed"], lambda bom: bom["components"].pop(0))
        self.check(["pkg:cargo/bytes@1.12.2 is linked and not in the binary's list"], audited=AUDITED - {("bytes", "1.12.2")})
        self.check(["pkg:cargo/ring@0.17.14 is in the binary's list and not in Cargo.lock"], audited=AUDITED | {("ring", "0.17.14")})

    def test_the_list_of_a_binary_is_read(self):
        listed = zlib.compress(json.dumps({"packages": [{"name": "bytes", "version": "1.12.2", "source": "crates.io"}]}).encode())
        names = b"\0.dep-v0\0.shstrtab\0"
        head = b"\x7fELF\x02\x01" + bytes(0x28 - 6) + struct.pack("<Q", 64) + bytes(0x3A - 0x30) + struct.pack("<HHH", 64, 3, 2)
        at = 64 + 3 * 64
        sections = [(0, 0, 0), (1, at, len(listed)), (9, at + len(listed), len(names))]
        table = b"".join(struct.pack("<IIQQQQ", name, 1, 0, 0, offset, length).ljust(64, b"\0") for name, offset, length in sections)
        with tempfile.NamedTemporaryFile() as file:
            file.write(head + table + listed + names)
            file.flush()
            self.assertEqual(sbom.audited(file.name), {("bytes", "1.12.2")})

    def test_a_binary_without_a_list_is_refused(self):
        for content in (b"#!/bin/sh\n", b"\x7fELF\x02\x01" + bytes(0x3A)):
            with tempfile.NamedTemporaryFile() as file, self.assertRaises(ValueError):
                file.write(content)
                file.flush()
                sbom.audited(file.name)

    def test_a_line_of_cargos_tree_is_read(self):
        for line, expected in (
            ("0publisher v0.1.0 (/src/functions/publisher)|Apache-2.0 OR MIT", ("0", "publisher", "0.1.0", "Apache-2.0 OR MIT")),
            ("12syn v2.0.119|MIT OR Apache-2.0", ("12", "syn", "2.0.119", "MIT OR Apache-2.0")),
            ("3serde_derive v1.0.229 (proc-macro)|MIT", ("3", "serde_derive", "1.0.229", "MIT")),
            ("2bytes v1.12.2|MIT (*)", ("2", "bytes", "1.12.2", "MIT")),
        ):
            match = sbom.LINE.match(line)
            self.assertEqual((match[1], match[2], match[3], match[5]), expected)


if __name__ == "__main__":
    unittest.main()
