import Domain
import FoundationEssentials
import ObjectStorage
import Policy
import Primitives
import TestSupport
import Testing

/// What only a folder can promise; the rest is in the contract of all kinds of storage.
@Suite struct `Objects in a folder` {
    private struct Crash: Error {}

    private func withStore<Result>(_ body: (LocalObjectStore, String) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await body(LocalObjectStore(root: folder + "/store", gates: GateRegistry()), folder + "/store")
        }
    }

    @Test func `objects are files below the folder, which the first write makes`() async throws {
        try await withStore { store, root in
            #expect(store.baseURL == "file://" + root)
            #expect(try await store.list(prefix: "").isEmpty)
            #expect(!FileManager.default.fileExists(atPath: root))
            _ = try await store.putBytes(Array("hello".utf8), at: "a/b.txt")
            #expect(FileManager.default.contents(atPath: root + "/a/b.txt") == Data("hello".utf8))
            try await store.setLatestVersion("1.0", of: "docs")
            #expect(FileManager.default.fileExists(atPath: root + "/docs/LATEST.json"))
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

    @Test func `a crash between writing and renaming leaves no file behind`() async throws {
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
