import FoundationEssentials
import Testing

@testable import Inference

/// Where the tests find a model and reference data, with the small set of this folder in place of what is absent.
enum TestData {
    struct TokenCase: Sendable, CustomTestStringConvertible {
        let text: String
        let ids: [Int32]
        var testDescription: String { String(text.prefix(30)) }
    }

    struct VectorCase: Sendable {
        let text: String
        let vector: [Float]
    }

    private struct File<Case: Decodable>: Decodable { let cases: [Case] }
    private struct TokenRow: Decodable {
        let text: String
        let ids: [Int32]
    }
    private struct VectorRow: Decodable {
        let text: String
        let embedding: [Float]
    }

    static let modelDirectory: String = {
        let environment = ProcessInfo.processInfo.environment
        return environment["PORTOLAN_MODEL_DIR"] ?? "\(environment["PORTOLAN_TOOLS_DIR"] ?? "/opt/portolan")/model"
    }()

    static let tokens: [TokenCase] =
        goldenTokens.map { TokenCase(text: $0.text, ids: $0.ids.split(separator: " ").compactMap { Int32($0) }) }
        + rows("wordpiece_golden.json", of: TokenRow.self).map { TokenCase(text: $0.text, ids: $0.ids) }

    static let vectors: [VectorCase] =
        goldenVectors.map {
            VectorCase(text: $0.text, vector: $0.millionths.split(separator: " ").compactMap { Float($0) }.map { $0 / 1e6 })
        }
        + rows("minilm_golden.json", of: VectorRow.self).map { VectorCase(text: $0.text, vector: $0.embedding) }

    /// A tokenizer over the vocabulary of the model folder.
    static func tokenizer() throws -> WordPiece { WordPiece(vocabulary: try folder().vocabulary) }

    /// Opened once: hashing 91 MB for each case would take minutes.
    static func folder() throws -> ModelFolder { try sharedFolder.get() }

    private static let sharedFolder = Result { () throws(InferenceError) in
        try ModelFolder(path: modelDirectory, verification: .pinned)
    }

    static func kernel(_ set: InstructionSet = .automatic) throws -> KernelModel {
        try KernelModel(weights: try ReadOnlyFile(path: "\(modelDirectory)/model.safetensors"), instructionSet: set)
    }

    static func encoder(lanes: Int = 1) throws -> SentenceEncoder {
        try SentenceEncoder(modelDirectory: modelDirectory, lanes: lanes)
    }

    static func cosine(_ left: [Float], _ right: [Float]) -> Double {
        var (product, leftSquares, rightSquares) = (0.0, 0.0, 0.0)
        for (a, b) in zip(left, right) {
            product += Double(a) * Double(b)
            leftSquares += Double(a) * Double(a)
            rightSquares += Double(b) * Double(b)
        }
        return left.count == right.count ? product / (leftSquares * rightSquares).squareRoot() : -1
    }

    private static func rows<Row: Decodable>(_ name: String, of: Row.Type) -> [Row] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = ProcessInfo.processInfo.environment["PORTOLAN_TEST_DATA"] ?? "\(root.path)/../shared/data"
        guard let data = try? Data(contentsOf: URL(filePath: "\(folder)/\(name)")) else { return [] }
        return (try? JSONDecoder().decode(File<Row>.self, from: data).cases) ?? []
    }
}
