import FoundationEssentials
import Glibc
import Testing

@testable import Inference

/// Model files that are damaged or made to do harm: each is refused with an error, none reads outside its bounds.
struct HostileModelTests {
    /// A folder that is removed at the end.
    private final class Scratch {
        let path = "\(FileManager.default.temporaryDirectory.path)/inference-\(UUID().uuidString)"

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: "\(path)/\(name)")) }
    }

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func file(header: String, length: UInt64? = nil, data: Int = 64) -> [UInt8] {
        let json = Array(header.utf8)
        let length = length ?? UInt64(json.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) } + json + [UInt8](repeating: 0, count: data)
    }

    @discardableResult
    private func open(_ bytes: [UInt8]) throws -> KernelModel {
        try scratch.write("model.safetensors", bytes)
        return try KernelModel(weights: try ReadOnlyFile(path: "\(scratch.path)/model.safetensors"), instructionSet: .portable)
    }

    /// The header of the real model and nothing of its data.
    private func realHeader() throws -> [UInt8] {
        let content = try Data(contentsOf: URL(filePath: "\(TestData.modelDirectory)/model.safetensors"), options: .mappedIfSafe)
        let length = (0..<8).reduce(0) { $0 | Int(content[$1]) << (8 * $1) }
        return Array(content[..<(8 + length)])
    }

    @Test(arguments: [
        "{}", "", "null", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":{}}", "{}{}", "{\"a\":{\"dtype\":\"F32\"}}",
        "{\"__metadata__\":",
        "{\"__metadata__\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],}}",
        "{\"a\\",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,65]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[18446744073709551612,18446744073709551615]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,99999999999999999999999]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":4,\"shape\":[1],\"data_offsets\":[0,4]}}",
    ])
    func `a header that is malformed or of another model is refused`(header: String) {
        let error = #expect(throws: InferenceError.self) { try open(file(header: header)) }
        #expect(error?.code == .invalidModel)
    }

    @Test(arguments: [0, 1, 3, 1 << 20, 1 << 21, 1 << 40, .max, .max - 7] as [UInt64])
    func `an impossible header length is refused`(length: UInt64) {
        #expect(throws: InferenceError.self) { try open(file(header: "{}", length: length)) }
    }

    @Test
    func `a header with more entries than any model is refused`() {
        let entries = (0..<600).map { "\"t\($0)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}" }
        #expect(throws: InferenceError.self) { try open(file(header: "{\(entries.joined(separator: ","))}")) }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 100, 5000])
    func `a file cut short is refused`(length: Int) throws {
        let header = try realHeader()
        #expect(throws: InferenceError.self) { try open(Array(header.prefix(length))) }
    }

    @Test
    func `a header without its data is refused`() throws {
        let header = try realHeader()
        #expect(throws: InferenceError.self) { try open(header) }
        #expect(throws: InferenceError.self) { try open(header + [UInt8](repeating: 0, count: 1 << 20)) }
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func `a header with flipped bytes is refused or harmless`(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var bytes = try realHeader()
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
        }
        // The data is missing, so that no mutation can make the file right.
        #expect(throws: InferenceError.self) { try open(bytes) }
    }

    @Test
    func `a word table that is cut off later is an error, not a crash`() throws {
        let copy = "\(scratch.path)/model.safetensors"
        try FileManager.default.copyItem(atPath: "\(TestData.modelDirectory)/model.safetensors", toPath: copy)
        let model = try KernelModel(weights: try ReadOnlyFile(path: copy), instructionSet: .automatic)
        #expect(unsafe truncate(copy, 100_000) == 0)
        #expect(throws: InferenceError.self) { try model.embed([[101, 30_000, 102]]) }
    }

    @Test(arguments: [
        (["vocab.txt"], "no model.safetensors"), (["model.safetensors"], "no vocab.txt"), ([], "no model.safetensors and no vocab.txt"),
    ])
    func `missing files are named`(present: [String], expected: String) throws {
        for name in present { try scratch.write(name, [1]) }
        let error = #expect(throws: InferenceError.self) { try SentenceEncoder(modelDirectory: scratch.path, lanes: 1) }
        #expect(error?.code == .modelMissing)
        #expect(error?.message.contains(expected) == true && error?.message.contains(scratch.path) == true)
        #expect(error?.description.contains(scratch.path) == false)
    }

    @Test
    func `files other than the pinned ones are refused by checksum`() throws {
        try scratch.write("model.safetensors", [1, 2, 3])
        try scratch.write("vocab.txt", [1])
        let error = #expect(throws: InferenceError.self) { try SentenceEncoder(modelDirectory: scratch.path, lanes: 1) }
        #expect(error?.code == .invalidModel)
        #expect(error?.message.contains("SHA-256") == true)
    }

    @Test
    func `a vocabulary of one's own makes a model of another name`() async throws {
        let weights = "\(scratch.path)/model.safetensors"
        try FileManager.default.createSymbolicLink(atPath: weights, withDestinationPath: "\(TestData.modelDirectory)/model.safetensors")
        try scratch.write("vocab.txt", Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\n".utf8))
        let error = #expect(throws: InferenceError.self) { try SentenceEncoder(modelDirectory: scratch.path, lanes: 1) }
        #expect(error?.message.contains("vocab.txt") == true)
        let encoder = try SentenceEncoder(modelDirectory: scratch.path, lanes: 1, verification: .recorded)
        #expect(encoder.modelIdentity.name.hasPrefix("inference-"))
        let pinned = try TestData.folder().identity
        #expect(encoder.modelIdentity != pinned)
        #expect(try await encoder.embed(["hello"], priority: .query)[0].count == 384)
    }

    @Test
    func `a folder in the place of the weights is refused`() throws {
        try FileManager.default.createDirectory(atPath: "\(scratch.path)/model.safetensors", withIntermediateDirectories: true)
        try scratch.write("vocab.txt", [1])
        #expect(throws: InferenceError.self) { try SentenceEncoder(modelDirectory: scratch.path, lanes: 1) }
    }

    @Test
    func `an instruction set beyond the processor's is refused by name`() throws {
        // On a machine that has them all there is none to refuse, and all of them open.
        for set in InstructionSet.allCases where set > .best {
            let error = #expect(throws: InferenceError.self) { try TestData.kernel(set) }
            #expect(error?.code == .unsupportedInstructionSet)
        }
        for set in InstructionSet.available { #expect(try TestData.kernel(set).instructionSet == set) }
    }
}
