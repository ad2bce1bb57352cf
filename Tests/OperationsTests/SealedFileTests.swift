import Digests
import Domain
import FoundationEssentials
import Operations
import Primitives
import TestSupport
import Testing

@Suite struct `Sealed files` {
    private static let name = "1/bases/a/base.tar.gz"

    @Test(arguments: [0, 1, 1 << 20, (1 << 20) + 1, 3 << 20], ["plain", "encrypted"])
    func `come back as they were`(count: Int, way: String) async throws {
        try await withTemporaryDirectory { folder in
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
            let key = way == "encrypted" ? try backupKey("7") : nil
            try write(bytes, to: folder + "/plain")
            let sealed = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: Self.name, key: key)
            let opened = try SealedFile.open(folder + "/sealed", to: folder + "/opened", name: Self.name, key: key)
            #expect(sealed == opened)
            #expect(sealed == SealedFile.Measure(bytes: Int64(count), sha256: SHA256.hash(bytes).hexadecimal))
            #expect(try read(folder + "/opened") == bytes)
        }
    }

    @Test func `leave out zeros at the end and bring them back`() async throws {
        try await withTemporaryDirectory { folder in
            let bytes = Array("the log".utf8) + [UInt8](repeating: 0, count: 16 << 20)
            try write(bytes, to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "log", key: nil, trims: true)
            #expect(try read(folder + "/sealed").count < 1000)
            try SealedFile.open(folder + "/sealed", to: folder + "/opened", name: "log", key: nil)
            #expect(try read(folder + "/opened") == bytes)
        }
    }

    @Test(arguments: ["plain", "encrypted"])
    func `do not open when any byte is another`(way: String) async throws {
        try await withTemporaryDirectory { folder in
            let key = way == "encrypted" ? try backupKey("7") : nil
            try write([UInt8](repeating: 5, count: 300), to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "n", key: key)
            let sealed = try read(folder + "/sealed")
            for position in sealed.indices {
                var changed = sealed
                changed[position] ^= 1
                try write(changed, to: folder + "/changed")
                let error = #expect(throws: Fault.self) { try SealedFile.open(folder + "/changed", to: nil, name: "n", key: key) }
                #expect(["E_BACKUP_DAMAGED", "E_BACKUP_KEY"].contains(error?.code), "byte \(position)")
            }
        }
    }

    @Test(arguments: ["plain", "encrypted"])
    func `do not open when parts are cut off, appended or exchanged`(way: String) async throws {
        try await withTemporaryDirectory { folder in
            let key = way == "encrypted" ? try backupKey("7") : nil
            try write([UInt8](repeating: 5, count: 2 << 20), to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "n", key: key)
            let sealed = try read(folder + "/sealed")
            let part = (1 << 20) + 21
            let header = sealed.count - 2 * part
            let (first, second) = (Array(sealed[header..<header + part]), Array(sealed[(header + part)...]))
            let head = Array(sealed[..<header])
            let wrong = [head, head + first, head + second, head + second + first, head + first + first, sealed + [0], sealed + second, []]
            for bytes in wrong {
                try write(bytes, to: folder + "/changed")
                let error = #expect(throws: Fault.self) { try SealedFile.open(folder + "/changed", to: nil, name: "n", key: key) }
                #expect(error?.code == "E_BACKUP_DAMAGED")
            }
        }
    }

    @Test func `do not open under another one's name`() async throws {
        try await withTemporaryDirectory { folder in
            try write([1], to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "a", key: nil)
            let error = #expect(throws: Fault.self) { try SealedFile.open(folder + "/sealed", to: nil, name: "b", key: nil) }
            #expect(error?.message.contains("(b)") == true)
        }
    }

    @Test func `ask for the key that they were sealed with`() async throws {
        try await withTemporaryDirectory { folder in
            try write([1], to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "a", key: try backupKey("7"))
            for key in [nil, try backupKey("8")] {
                let error = #expect(throws: Fault.self) { try SealedFile.open(folder + "/sealed", to: nil, name: "a", key: key) }
                #expect(error?.code == "E_BACKUP_KEY")
            }
            #expect(throws: Fault.self) { try BackupKey(Redacted("abc")) }
        }
    }

    @Test func `that are not encrypted do not take the place of those that should be`() async throws {
        try await withTemporaryDirectory { folder in
            try write([1], to: folder + "/plain")
            _ = try SealedFile.seal(folder + "/plain", to: folder + "/sealed", name: "a", key: nil)
            let error = #expect(throws: Fault.self) {
                try SealedFile.open(folder + "/sealed", to: folder + "/out", name: "a", key: try backupKey("7"))
            }
            #expect(error?.code == "E_BACKUP_KEY" && error?.message.contains("(a)") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
            try SealedFile.open(folder + "/sealed", to: nil, name: "a", key: nil)
        }
    }

    /// NIST's test vectors for AES-256-GCM (GCM specification of McGrew and Viega, cases 13, 14 and 16).
    @Test func `are encrypted as the standard says`() {
        let zero = [UInt8](repeating: 0, count: 32)
        let nonce = [UInt8](repeating: 0, count: 12)
        #expect(AESGCM.seal([], key: zero, nonce: nonce, context: []).hexadecimal == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(
            AESGCM.seal([UInt8](repeating: 0, count: 16), key: zero, nonce: nonce, context: []).hexadecimal
                == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        let key = [UInt8](hexadecimal: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")!
        let plain = [UInt8](
            hexadecimal: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                + "b16aedf5aa0de657ba637b39")!
        let sealed = AESGCM.seal(
            plain, key: key, nonce: [UInt8](hexadecimal: "cafebabefacedbaddecaf888")!,
            context: [UInt8](hexadecimal: "feedfacedeadbeeffeedfacedeadbeefabaddad2")!)
        #expect(Array(sealed.suffix(16)).hexadecimal == "76fc6ece0f4e1768cddf8853bb2d551b")
    }
}
