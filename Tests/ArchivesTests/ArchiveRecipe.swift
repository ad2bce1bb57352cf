import EmbeddedServices

/// Archives that a Python program makes, one for each name.
enum ArchiveRecipe {
    /// Writes the archive `name` to `path`.
    static func make(_ name: String, at path: String) async throws {
        try await ChildProcess.run("/usr/bin/python3", arguments: ["-c", program, name, path])
    }

    private static let program = #"""
        import gzip, io, os, random, struct, subprocess, sys, tarfile, tempfile, warnings, zipfile
        warnings.simplefilter("ignore")
        name, path = sys.argv[1:]
        page = b"<html><body><p>" + b"text and more text. " * 20 + b"</p></body></html>"

        def zipped(entries, compression=zipfile.ZIP_DEFLATED):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", compression) as archive:
                for entry in entries:
                    key, value = entry if isinstance(entry, tuple) else (entry, page)
                    archive.writestr(key, value)
            return bytearray(buffer.getvalue())

        def info(key, mode, flags=0):
            item = zipfile.ZipInfo(key)
            item.external_attr = mode << 16
            item.create_system = 3
            return item

        def tarred(entries, mode="w", format=tarfile.PAX_FORMAT):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
                for entry in entries:
                    if isinstance(entry, str): entry = (entry, page)
                    if isinstance(entry, tuple):
                        item = tarfile.TarInfo(entry[0]); item.size = len(entry[1])
                        archive.addfile(item, io.BytesIO(entry[1]))
                    else:
                        archive.addfile(entry)
            return bytearray(buffer.getvalue())

        def special(key, kind, target=""):
            item = tarfile.TarInfo(key); item.type = kind; item.linkname = target
            return item

        def renamed(old, new):
            data = zipped([old]); return data.replace(old.encode(), new)

        def patched(data, local, central, value, width):
            """Writes a number into every local and central header."""
            for mark, offset in ((b"PK\3\4", local), (b"PK\1\2", central)):
                at = data.find(mark)
                while at >= 0:
                    data[at + offset:at + offset + width] = value.to_bytes(width, "little")
                    at = data.find(mark, at + 4)
            return data

        def local_header(key, data, method=0):
            import zlib
            return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 33, zlib.crc32(data), len(data), len(data), len(key), 0) + key

        def central_header(key, data, offset, method=0):
            import zlib
            return struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 33, zlib.crc32(data), len(data), len(data), len(key),
                               0, 0, 0, 0, 0o100644 << 16, offset) + key

        def with_directory(body, headers):
            directory = b"".join(headers)
            return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(headers), len(headers), len(directory), len(body), 0)

        def shared():
            body = local_header(b"a.html", page) + page
            return with_directory(body, [central_header(b"a.html", page, 0), central_header(b"b.html", page, 0)])

        def quoted():
            inner = local_header(b"b.html", page) + page
            body = local_header(b"a.html", inner) + inner
            return with_directory(body, [central_header(b"a.html", inner, 0), central_header(b"b.html", page, len(body) - len(inner))])

        def streamed():
            class Pipe(io.RawIOBase):
                def __init__(self): self.data = bytearray()
                def writable(self): return True
                def write(self, part): self.data += part; return len(part)
            pipe = Pipe()
            with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive: archive.writestr("a.html", page)
            return pipe.data

        def zip64():
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                with archive.open("a.html", "w", force_zip64=True) as entry: entry.write(page)
            return buffer.getvalue()

        def endless():
            extra = struct.pack("<2HQ", 1, 8, 2 ** 63 - 1)
            header = bytearray(central_header(b"a.html", page, 0))
            header[20:24], header[30:32] = b"\xff" * 4, struct.pack("<H", len(extra))
            return with_directory(local_header(b"a.html", page) + page, [bytes(header) + extra])

        def sparse():
            item = tarfile.TarInfo("a.bin"); item.size = 512
            data = bytearray(tarred([("a.bin", b"x" * 512)], format=tarfile.GNU_FORMAT))
            data[156:157] = b"S"
            data[386:386 + 24] = b"%011o\0" % 1048576 + b"%011o\0" % 512
            data[483:483 + 12] = b"%011o\0" % 1049088
            data[148:156] = b"        "
            data[148:156] = b"%06o\0 " % sum(data[:512])
            return data

        deep = lambda levels: "/".join(["d"] * (levels - 1) + ["a.html"])
        tree = ["index.html", ("guide/intro.md", b"# Intro\n"), "guide/deep/page.html", ("notes.txt", b"plain")]
        noise = lambda count: ("noise.txt", random.Random(1).randbytes(count << 20))
        zeros = lambda count: bytes(count << 20)
        broken = lambda data: data[:len(data) * 2 // 3]

        def wrong_crc():
            data = zipped(["a.html"], zipfile.ZIP_STORED); data[data.find(b"text")] ^= 1; return data

        def filtered(option):
            with tempfile.TemporaryDirectory() as folder:
                for key, data in ((t, page) if isinstance(t, str) else t for t in tree):
                    os.makedirs(os.path.dirname(os.path.join(folder, key)), exist_ok=True)
                    with open(os.path.join(folder, key), "wb") as file: file.write(data)
                # Into a file: what it writes elsewhere is filled up with zero bytes.
                subprocess.run(["bsdtar", "-cf", path, option, "-C", folder, "."], check=True)
                with open(path, "rb") as file: return file.read()

        recipes = {
            "zip-traversal": lambda: zipped(["../evil.html"]), "zip-traversal-inner": lambda: zipped(["a/../../evil.html"]),
            "zip-absolute": lambda: zipped(["/etc/evil.html"]), "zip-drive": lambda: zipped(["C:/evil.html"]),
            "zip-backslash-up": lambda: renamed("aa/bb/evil.html", b"..\\bb/evil.html"),
            "zip-backslash": lambda: renamed("a/b.html", b"a\\b.html"),
            "zip-symlink": lambda: zipped([(info("link.html", 0o120777), b"/etc/passwd")]),
            "zip-fifo": lambda: zipped([(info("pipe", 0o010644), b"")]), "zip-device": lambda: zipped([(info("disk", 0o060644), b"")]),
            "zip-encrypted": lambda: patched(patched(zipped(["a.html"]), 6, 8, 1, 2), 6, 8, 1, 2),
            "zip-bomb-entry": lambda: zipped([("a.html", zeros(40)), noise(1)]),
            "zip-bomb-total": lambda: zipped([(f"{i}.html", zeros(1)) for i in range(60)]),
            "zip-entries": lambda: zipped([(f"{i}", b"") for i in range(50001)], zipfile.ZIP_STORED),
            "zip-depth": lambda: zipped([deep(33)]), "zip-segment": lambda: zipped(["x" * 241]),
            "zip-path": lambda: zipped(["/".join(["x" * 200] * 21)]),
            "zip-case": lambda: zipped(["Index.html", "index.html"]), "zip-case-folder": lambda: zipped(["Docs/a.html", "docs/b.html"]),
            "zip-form": lambda: zipped(["caf\u00e9.html", "cafe\u0301.html"]), "zip-duplicate": lambda: zipped(["a.html", "a.html"]),
            "zip-file-as-folder": lambda: zipped(["a", "a/b.html"]), "zip-truncated": lambda: broken(zipped(tree)),
            "garbage": lambda: bytes(range(1, 256)) * 40, "empty": lambda: b"", "zip-crc": wrong_crc,
            "zip-shared": shared, "zip-quoted": quoted,
            "zip-declared-huge": lambda: patched(zipped(["a.html"]), 22, 24, 3 << 30, 4),
            "zip-declared-small": lambda: patched(zipped(["a.html"]), 22, 24, 10, 4),
            "zip-declared-large": lambda: patched(zipped(["a.html"]), 22, 24, 100000, 4),
            "zip-nul": lambda: renamed("aXb.html", b"a\0b.html"), "zip-reserved": lambda: zipped(["docs/CON.html"]),
            "zip-control": lambda: zipped(["a\x07.html"]), "zip-dot-end": lambda: zipped(["a.html."]),
            "zip-latin": lambda: renamed("caXe.html", b"ca\xe9e.html"), "zip-bidi": lambda: zipped(["a\u202elmth.exe"]),
            "tar-traversal": lambda: tarred(["../evil.html"]), "tar-absolute": lambda: tarred(["/etc/evil.html"]),
            "tar-hidden-traversal": lambda: tarred([".x/../../evil.html"]),
            "tar-symlink": lambda: tarred([special("a", tarfile.SYMTYPE, "/etc")]),
            "tar-through-symlink": lambda: tarred([special("a", tarfile.SYMTYPE, "/tmp"), "a/evil.html"]),
            "tar-hardlink": lambda: tarred(["a.html", special("b.html", tarfile.LNKTYPE, "a.html")]),
            "tar-device": lambda: tarred([special("null", tarfile.CHRTYPE)]), "tar-disk": lambda: tarred([special("sda", tarfile.BLKTYPE)]),
            "tar-fifo": lambda: tarred([special("pipe", tarfile.FIFOTYPE)]), "tar-sparse": sparse,
            "tar-truncated": lambda: broken(tarred([f"{i}.html" for i in range(40)])), "tar-gz-truncated": lambda: broken(tarred(tree, "w:gz")),
            "tar-bomb": lambda: tarred([noise(1), ("a.html", zeros(40))], "w:gz"), "tar-bomb-xz": lambda: tarred([noise(1), ("a.html", zeros(40))], "w:xz"),
            "tar-bomb-total": lambda: tarred([(f"{i}.html", zeros(1)) for i in range(60)], "w:bz2"),
            "tar-twice": lambda: gzip.compress(tarred(tree, "w:gz")), "tar-duplicate": lambda: tarred(["a.html", "a.html"]),
            "tar-depth": lambda: tarred([deep(33)]),
            "zip": lambda: zipped(tree), "zip-stored": lambda: zipped(tree, zipfile.ZIP_STORED), "zip64": zip64, "zip64-endless": endless, "zip-streamed": streamed,
            "zip-behind-program": lambda: b"#!/bin/sh\nexit\n" + zipped(tree),
            "zip-folders": lambda: zipped([("guide/", b""), "guide/a.html"]), "zip-names": lambda: zipped(["\u65e5\u672c/caf\u00e9 ?.html"]),
            "zip-dense": lambda: zipped([("a.html", b"a" * 900000)] + [noise(1)]),
            "zip-large": lambda: zipped([noise(5), ("b.html", random.Random(2).randbytes(2 << 20).hex())]), "zip-large-stored": lambda: zipped([noise(5), "b.html"], zipfile.ZIP_STORED),
            "tar-large-plain": lambda: tarred([noise(5), "b.html"]), "tar-large": lambda: tarred([noise(5), ("b.html", random.Random(2).randbytes(2 << 20).hex().encode())], "w:bz2"),
            "zip-hidden": lambda: zipped([".buildinfo", "html/.nojekyll", "html/index.html", "html/.git/config"]),
            "zip-no-entries": lambda: zipped([]), "zip-deepest": lambda: zipped([deep(32)]),
            "tar": lambda: tarred(tree), "tar-dot": lambda: tarred(["./" + t if isinstance(t, str) else ("./" + t[0], t[1]) for t in tree]),
            "tar-gnu": lambda: tarred(["x" * 130 + "/a.html"], format=tarfile.GNU_FORMAT),
            "tar-gz": lambda: tarred(tree, "w:gz"), "tar-bz2": lambda: tarred(tree, "w:bz2"), "tar-xz": lambda: tarred(tree, "w:xz"),
            "tar-zst": lambda: filtered("--zstd"),
            "many": lambda: zipped([(f"{i % 50}/{i}.html", page) for i in range(2000)]),
        }
        with open(path, "wb") as file: file.write(recipes[name]())
        """#
}
