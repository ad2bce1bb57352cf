import Domain
import FoundationEssentials
import ObjectStorage
import Policy
import TestSupport
import Testing

/// What every backend promises: a folder, and a real S3 server with both ways to name a bucket.
@Suite struct `Objects in every kind of storage` {
    @Test(arguments: StoreBackend.allCases)
    func `what is put is there, with size, time and address`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            let put = try await store.putBytes(Array("hello".utf8), at: "a/b.txt")
            #expect(put.key == "a/b.txt")
            #expect(put.bytes == 5)
            #expect(put.modified > 1_600_000_000)
            #expect(try await store.exists("a/b.txt"))
            #expect(try await store.stat("a/b.txt") == put)
            #expect(!store.baseURL.hasSuffix("/"))
            #expect(try store.resolveURL("a/b.txt") == store.baseURL + "/a/b.txt")
            #expect(try store.resolveURL("missing") == store.baseURL + "/missing")
        }
    }

    @Test(arguments: StoreBackend.allCases, [0, 1, (5 << 20) - 1, 5 << 20, (11 << 20) + 3])
    func `what is put comes back, however many parts it takes`(backend: StoreBackend, count: Int) async throws {
        try await backend.withStore { store in
            try await withTemporaryDirectory { folder in
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 11) }
                try Data(bytes).write(to: URL(filePath: folder + "/source"))
                _ = try await store.putFile(folder + "/source", at: "a/b")
                try await store.fetch("a/b", to: folder + "/copy")
                #expect(FileManager.default.contents(atPath: folder + "/copy") == Data(bytes))
                // Never over something that is there.
                await #expect(throws: Fault.self) { try await store.fetch("a/b", to: folder + "/copy") }
                await #expect(throws: Fault.self) { try await store.fetch("a/c", to: folder + "/other") }
            }
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `any key that the gates let pass can be used`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            let keys = ["a b+c&d=e.txt", "déjà/vu (1).md", "100%/#q%20x", "it's/~ok;[x]@!$,{}", "日本/語.txt", "a+b", "a b"]
            for key in keys { _ = try await store.putBytes(Array(key.utf8), at: key) }
            #expect(try await Set(store.list(prefix: "").map(\.key)) == Set(keys))
            for key in keys { #expect(try await store.stat(key)?.bytes == Int64(key.utf8.count)) }
            try await store.rename("100%/#q%20x", to: "ü/&amp;'x'.txt")
            #expect(try await store.list(prefix: "ü/").map(\.key) == ["ü/&amp;'x'.txt"])
            try await store.delete(keys + ["ü/&amp;'x'.txt"])
            #expect(try await store.list(prefix: "").isEmpty)
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `objects may be empty, and are replaced as a whole`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            for bytes: [UInt8] in [[], [1, 2, 3], [1], []] {
                let stored = try await store.putBytes(bytes, at: "a")
                #expect(stored.bytes == Int64(bytes.count))
            }
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `a large file is stored as a whole, in place of what was there`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            try await withTemporaryDirectory { folder in
                let bytes = [UInt8](repeating: 7, count: (11 << 20) + 3)
                try Data(bytes).write(to: URL(filePath: folder + "/source"))
                _ = try await store.putBytes([1], at: "big")
                #expect(try await store.putFile(folder + "/source", at: "big").bytes == Int64(bytes.count))
                #expect(try await store.list(prefix: "").map(\.bytes) == [Int64(bytes.count)])
            }
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `a crash before a write is complete leaves what was there`(backend: StoreBackend) async throws {
        let crashes = Crashes()
        try await backend.withStore(crash: { try crashes.check() }) { store in
            try await withTemporaryDirectory { folder in
                try Data([UInt8](repeating: 7, count: 6 << 20)).write(to: URL(filePath: folder + "/source"))
                _ = try await store.putBytes([1], at: "a")
                crashes.begin()
                await #expect(throws: Crashes.Crash.self) { _ = try await store.putFile(folder + "/source", at: "a") }
                #expect(try await store.list(prefix: "").map(\.bytes) == [1])
            }
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `a file that is missing is not stored`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            let fault = await #expect(throws: Fault.self) { _ = try await store.putFile("/nonexistent/file", at: "a") }
            #expect(fault?.code == "E_STORAGE")
            let exists = try await store.exists("a")
            #expect(!exists)
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `nothing is there before something was put`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            #expect(try await !store.exists("a"))
            #expect(try await store.stat("a/b/c") == nil)
            #expect(try await store.list(prefix: "").isEmpty)
            #expect(try await store.latestVersion(of: "slot") == nil)
            try await store.delete(["a", "b/c"])
            try await store.delete([])
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `a list is sorted and holds what begins with the prefix`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            for key in ["b/2", "a/1", "b/1/x", "c", "bb/3"] { _ = try await store.putBytes([1], at: key) }
            let all = try await store.list(prefix: "")
            #expect(all.map(\.key) == ["a/1", "b/1/x", "b/2", "bb/3", "c"])
            #expect(try await store.list(prefix: "b/").map(\.key) == ["b/1/x", "b/2"])
            #expect(try await store.list(prefix: "missing/").isEmpty)
            for object in all { #expect(try await store.stat(object.key) == object) }
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `a rename moves the object, in place of what was there`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            _ = try await store.putBytes([1], at: "a")
            _ = try await store.putBytes([1, 2], at: "x/b")
            try await store.rename("x/b", to: "a")
            #expect(try await store.list(prefix: "").map(\.key) == ["a"])
            #expect(try await store.stat("a")?.bytes == 2)
            try await store.rename("a", to: "a")
            #expect(try await store.stat("a")?.bytes == 2)
            let fault = await #expect(throws: Fault.self) { try await store.rename("nothing", to: "b") }
            #expect(fault?.code == "E_STORAGE_MOVE")
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `many are deleted at once, and missing ones passed over`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            for key in ["a", "b", "c/d"] { _ = try await store.putBytes([1], at: key) }
            try await store.delete(["a", "missing", "c/d", "c/missing"] + (0..<1100).map { "none/\($0)" })
            #expect(try await store.list(prefix: "").map(\.key) == ["b"])
        }
    }

    @Test(arguments: StoreBackend.allCases)
    func `the latest version of a slot is remembered`(backend: StoreBackend) async throws {
        try await backend.withStore { store in
            try await store.setLatestVersion("1.0", of: "docs")
            try await store.setLatestVersion("1.1", of: "docs")
            #expect(try await store.latestVersion(of: "docs") == "1.1")
            #expect(try await store.list(prefix: "docs/").map(\.key) == ["docs/LATEST.json"])
            #expect(try await store.latestVersion(of: "other") == nil)
        }
    }

    @Test(
        arguments: StoreBackend.allCases,
        [
            ("../a", "E_TRAVERSAL"), ("/etc/passwd", "E_TRAVERSAL"), ("a/../../b", "E_TRAVERSAL"), (".hidden", "E_TRAVERSAL"),
            ("", "E_OVERWRITE_ROOT"), ("a/CON", "E_PORTABILITY"),
        ])
    func `keys that lead elsewhere are refused`(backend: StoreBackend, bad: (key: String, code: String)) async throws {
        let gates = GateRegistry()
        try await backend.withStore(gates: gates) { store in
            let fault = await #expect(throws: Fault.self) { _ = try await store.putBytes([1], at: bad.key) }
            #expect(fault?.code == bad.code)
            #expect(fault?.field == "key")
            await #expect(throws: Fault.self) { try await store.delete(["a", bad.key]) }
            await #expect(throws: Fault.self) { try await store.rename(bad.key, to: "b") }
            await #expect(throws: Fault.self) { _ = try await store.putFile("/etc/hostname", at: bad.key) }
            if !bad.key.isEmpty {
                await #expect(throws: Fault.self) { _ = try await store.stat(bad.key) }
                await #expect(throws: Fault.self) { _ = try await store.list(prefix: bad.key + "/") }
                #expect(throws: Fault.self) { _ = try store.resolveURL(bad.key) }
            }
            let stored = try await store.list(prefix: "")
            #expect(stored.isEmpty)
        }
        // What is refused is counted, and nothing was asked for.
        #expect(gates.snapshot[.storage]?.rejections.values.reduce(0, +) ?? 0 >= 3)
    }

    @Test(arguments: StoreBackend.allCases)
    func `the gates see every operation`(backend: StoreBackend) async throws {
        let gates = GateRegistry()
        try await backend.withStore(gates: gates) { store in
            func counts() -> [Int] { [gates.snapshot[.storage]?.passes ?? 0, gates.snapshot[.filesystem]?.passes ?? 0] }
            var before = counts()
            func sees(_ storage: Int, _ filesystem: Int, _ body: () async throws -> Void) async throws {
                try await body()
                let after = counts()
                #expect([after[0] - before[0], after[1] - before[1]] == [storage, filesystem])
                before = after
            }
            try await sees(1, 0) { _ = try await store.putBytes([1], at: "a") }
            try await sees(1, 0) { _ = try await store.putFile("/etc/hostname", at: "b") }
            try await sees(0, 1) { _ = try await store.stat("a") }
            try await sees(0, 1) { _ = try await store.exists("a") }
            try await sees(0, 1) { _ = try await store.list(prefix: "a/") }
            try await sees(0, 1) { _ = try store.resolveURL("a") }
            try await sees(1, 1) { try await store.rename("a", to: "c") }
            try await sees(2, 0) { try await store.delete(["b", "c"]) }
            try await sees(1, 0) { try await store.setLatestVersion("1", of: "slot") }
            try await sees(0, 1) { _ = try await store.latestVersion(of: "slot") }
        }
    }
}
