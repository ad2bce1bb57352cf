import Domain
import FoundationEssentials
import ObjectStorage
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Objects in a folder` {
    private struct Crash: Error {}

    private func withStore<Result>(_ body: (LocalObjectStore, String) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await body(LocalObjectStore(root: folder + "/store", gates: GateRegistry()), folder + "/store")
        }
    }

    @Test func `what is put is there, with size, time and address`() async throws {
        try await withStore { store, root in
            let put = try await store.putBytes(Array("hello".utf8), at: "a/b.txt")
            #expect(put.bytes == 5)
            #expect(put.modified > 1_600_000_000)
            #expect(try await store.exists("a/b.txt"))
            #expect(try await store.stat("a/b.txt") == put)
            #expect(store.baseURL == "file://" + root)
            #expect(try store.resolveURL("a/b.txt") == "file://\(root)/a/b.txt")
            #expect(FileManager.default.contents(atPath: root + "/a/b.txt") == Data("hello".utf8))
        }
    }

    @Test func `a file is stored as a whole, in place of what was there`() async throws {
        try await withStore { store, root in
            let source = root + "-source"
            let bytes = [UInt8](repeating: 7, count: 3_000_000)
            try Data(bytes).write(to: URL(filePath: source))
            _ = try await store.putBytes([1], at: "big")
            #expect(try await store.putFile(source, at: "big").bytes == 3_000_000)
            #expect(FileManager.default.contents(atPath: root + "/big") == Data(bytes))
        }
    }

    @Test func `nothing is there before something was put`() async throws {
        try await withStore { store, root in
            #expect(try await !store.exists("a"))
            #expect(try await store.stat("a/b/c") == nil)
            #expect(try await store.list(prefix: "").isEmpty)
            #expect(try await store.latestVersion(of: "slot") == nil)
            try await store.delete(["a", "b/c"])
            #expect(!FileManager.default.fileExists(atPath: root))
        }
    }

    @Test func `a list is sorted and holds what begins with the prefix`() async throws {
        try await withStore { store, _ in
            for key in ["b/2", "a/1", "b/1/x", "c"] { _ = try await store.putBytes([1], at: key) }
            #expect(try await store.list(prefix: "").map(\.key) == ["a/1", "b/1/x", "b/2", "c"])
            #expect(try await store.list(prefix: "b/").map(\.key) == ["b/1/x", "b/2"])
        }
    }

    @Test func `a rename moves the object, in place of what was there`() async throws {
        try await withStore { store, _ in
            _ = try await store.putBytes([1], at: "a")
            _ = try await store.putBytes([1, 2], at: "x/b")
            try await store.rename("x/b", to: "a")
            #expect(try await store.list(prefix: "").map(\.key) == ["a"])
            #expect(try await store.stat("a")?.bytes == 2)
            let fault = await #expect(throws: Fault.self) { try await store.rename("nothing", to: "b") }
            #expect(fault?.code == "E_STORAGE_MOVE")
        }
    }

    @Test func `many are deleted at once, and missing ones passed over`() async throws {
        try await withStore { store, _ in
            for key in ["a", "b", "c/d"] { _ = try await store.putBytes([1], at: key) }
            try await store.delete(["a", "missing", "c/d", "c/missing"])
            #expect(try await store.list(prefix: "").map(\.key) == ["b"])
        }
    }

    @Test func `the latest version of a slot is remembered`() async throws {
        try await withStore { store, root in
            try await store.setLatestVersion("1.0", of: "docs")
            try await store.setLatestVersion("1.1", of: "docs")
            #expect(try await store.latestVersion(of: "docs") == "1.1")
            #expect(FileManager.default.fileExists(atPath: root + "/docs/LATEST.json"))
        }
    }

    @Test(arguments: [
        ("../a", "E_TRAVERSAL"), ("/etc/passwd", "E_TRAVERSAL"), ("a/../../b", "E_TRAVERSAL"), (".hidden", "E_TRAVERSAL"),
        ("", "E_OVERWRITE_ROOT"), ("a/CON", "E_PORTABILITY"),
    ])
    func `keys that leave the folder are refused`(key: String, code: String) async throws {
        try await withStore { store, root in
            let fault = await #expect(throws: Fault.self) { _ = try await store.putBytes([1], at: key) }
            #expect(fault?.code == code)
            #expect(fault?.field == "key")
            await #expect(throws: Fault.self) { _ = try await store.stat(key) }
            #expect(!FileManager.default.fileExists(atPath: root))
        }
    }

    @Test func `a link in the folder is not followed`() async throws {
        try await withStore { store, root in
            _ = try await store.putBytes([1], at: "a")
            try FileManager.default.createSymbolicLink(atPath: root + "/out", withDestinationPath: "/tmp")
            let fault = await #expect(throws: Fault.self) { _ = try await store.putBytes([1], at: "out/portolan-evil") }
            #expect(fault?.code == "E_STORAGE")
            #expect(!FileManager.default.fileExists(atPath: "/tmp/portolan-evil"))
        }
    }

    @Test func `a crash between writing and renaming leaves what was there`() async throws {
        try await withStore { store, root in
            _ = try await store.putBytes([1], at: "a")
            let crashing = LocalObjectStore(root: root, gates: GateRegistry(), beforeRename: { throw Crash() })
            await #expect(throws: Crash.self) { _ = try await crashing.putBytes([1, 2, 3], at: "a") }
            #expect(FileManager.default.contents(atPath: root + "/a") == Data([1]))
            let names = try FileManager.default.contentsOfDirectory(atPath: root)
            #expect(names == ["a"])
        }
    }
}
