"""A client of a tiled log written from the C2SP texts alone: it fetches checkpoint and tiles over
HTTP and believes nothing but the keys it was given. Prints the checkpoint's text; whatever does not
hold ends it with a reason."""

import base64
import hashlib
import json
import struct
import sys
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def fail(reason):
    sys.exit("refused: " + reason)


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as reply:
        return reply.read(), reply.headers


def absent(url):
    try:
        fetch(url)
    except urllib.error.HTTPError as error:
        return error.code == 404
    return False


class Key:
    def __init__(self, text):
        self.name, identifier, blob = text.split("+", 2)
        blob = base64.b64decode(blob, validate=True)
        self.kind, public = blob[0], blob[1:]
        digest = hashlib.sha256(self.name.encode() + b"\n" + blob).digest()
        self.identifier = digest[:4]
        if self.identifier.hex() != identifier:
            fail("key identifier of " + self.name)
        self.public = Ed25519PublicKey.from_public_bytes(public)

    def verify(self, signature, text):
        if self.kind == 4:
            (seconds,) = struct.unpack(">Q", signature[:8])
            text = "cosignature/v1\ntime %d\n%s" % (seconds, text)
            signature = signature[8:]
        try:
            self.public.verify(signature, text.encode())
        except InvalidSignature:
            fail("signature of " + self.name)


def open_note(note, keys):
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    signed = set()
    for line in lines.splitlines():
        dash, name, blob = line.split(" ")
        if dash != "\u2014":
            fail("signature line")
        blob = base64.b64decode(blob, validate=True)
        for key in keys:
            if key.name == name and key.identifier == blob[:4]:
                key.verify(blob[4:], text)
                signed.add(name)
    return text, signed


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node(tree(hashes[:k]), tree(hashes[k:]))


def place(index):
    parts = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        parts.insert(0, "x%03d" % (index % 1000))
    return "/".join(parts)


def tiles(prefix, size):
    """Every tile of a log of this size; each level above must follow from the one below."""
    levels, level, count = [], 0, size
    while count > 0:
        hashes = []
        for index in range((count + 255) // 256):
            width = min(256, count - index * 256)
            path = "%s/tile/%d/%s" % (prefix, level, place(index))
            data, headers = fetch(path + (".p/%d" % width if width < 256 else ""))
            if len(data) != 32 * width:
                fail("width of " + path)
            if headers["Content-Type"] != "application/octet-stream":
                fail("media type of " + path)
            if "immutable" not in headers["Cache-Control"]:
                fail("caching of " + path)
            hashes += [data[at : at + 32] for at in range(0, len(data), 32)]
        if levels:
            below = levels[-1]
            for at, held in enumerate(hashes):
                if held != tree(below[at * 256 : at * 256 + 256]):
                    fail("tile of level %d does not follow from the one below" % level)
        levels.append(hashes)
        level, count = level + 1, count // 256
    if not absent("%s/tile/%d/000" % (prefix, level)):
        fail("a level that is not there is served")
    return levels[0] if levels else []


def path_to(index, hashes):
    if len(hashes) == 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if index < k:
        return path_to(index, hashes[:k]) + [tree(hashes[k:])]
    return path_to(index - k, hashes[k:]) + [tree(hashes[:k])]


def included(leaf, index, size, path, root):
    """RFC 9162 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def main():
    order = json.loads(sys.argv[1])
    prefix, log = order["prefix"], Key(order["log"])
    witnesses = [Key(one) for one in order.get("witnesses", [])]
    note, headers = fetch(prefix + "/" + order.get("checkpoint", "checkpoint"))
    if headers["Content-Type"] != "text/plain; charset=utf-8":
        fail("media type of the checkpoint")
    text, signed = open_note(note.decode(), [log] + witnesses)
    if log.name not in signed:
        fail("the log has not signed")
    if len(signed) - 1 < order.get("quorum", 0):
        fail("too few cosignatures: %s" % sorted(signed))
    origin, size, root = text.splitlines()[:3]
    size, root = int(size), base64.b64decode(root, validate=True)
    if origin != log.name:
        fail("origin")
    leaves = tiles(prefix, size)
    if tree(leaves) != root:
        fail("the tiles do not lead to the root")
    for entry in order.get("entries", []):
        leaf = leaf_hash(entry["data"].encode())
        index = entry["place"]
        if leaves[index] != leaf:
            fail("entry %d stands elsewhere" % index)
        if not included(leaf, index, size, path_to(index, leaves), root):
            fail("own proof of entry %d" % index)
        given = [base64.b64decode(one) for one in entry["hashes"]]
        if not included(leaf, index, size, given, root):
            fail("proof given of entry %d" % index)
    if "old" in order:
        old_size, old_root = order["old"].splitlines()[1:3]
        if int(old_size) > size:
            fail("the log has shrunk")
        if tree(leaves[: int(old_size)]) != base64.b64decode(old_root):
            fail("the older log is not the beginning of this one")
    sys.stdout.write(text)


main()
