package import Domain
package import Fetch
import FoundationEssentials
package import Primitives

/// An embedder behind a server that speaks the OpenAI protocol: `POST …/embeddings`.
///
/// Source: OpenAI API reference, "Create embeddings".
package struct OpenAIEmbedder: Embedder {
    /// Where and what to ask.
    package struct Configuration: Sendable {
        /// Address up to and without `/embeddings`, such as `https://api.example.com/v1`.
        package var baseURL: String
        package var model: String
        package var key: Redacted<String>?
        package var dimension: Int
        package var tokenLimit: Int
        /// Longest wait for one request.
        package var timeout: Duration = .seconds(30)

        package init(baseURL: String, model: String, key: Redacted<String>?, dimension: Int, tokenLimit: Int) {
            self.baseURL = baseURL
            self.model = model
            self.key = key
            self.dimension = dimension
            self.tokenLimit = tokenLimit
        }
    }

    package let profile: EmbeddingProfile
    private let configuration: Configuration
    private let fetcher: HTTPFetcher

    package init(_ configuration: Configuration, fetcher: HTTPFetcher) {
        self.configuration = configuration
        self.fetcher = fetcher
        profile = EmbeddingProfile(
            model: configuration.model, revision: configuration.baseURL, dimension: configuration.dimension,
            tokenLimit: configuration.tokenLimit)
    }

    /// An upper estimate: three bytes to a token.
    package func tokenCount(_ text: String) -> Int { (text.utf8.count + 2) / 3 }

    private struct Body: Encodable {
        let model: String
        let input: [String]
        let encoding_format = "float"
    }

    private struct Reply: Decodable {
        struct Entry: Decodable {
            let index: Int
            let embedding: [Float]
        }
        let data: [Entry]
    }

    package func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        if texts.isEmpty { return [] }
        let longest = configuration.tokenLimit * 3
        let body = Body(model: configuration.model, input: texts.map { $0.isEmpty ? " " : Self.truncated($0, bytes: longest) })
        var headers: FetchHeaders = ["Content-Type": "application/json", "Accept": "application/json"]
        if let key = configuration.key { headers.append("Authorization", "Bearer \(key.reveal())") }
        var request = FetchRequest(
            "POST", configuration.baseURL + "/embeddings", headers: headers, body: Array(try JSONEncoder().encode(body)),
            totalTimeout: configuration.timeout, maximumBody: .mebibytes(64))
        request.carriesTrace = true
        let response: FetchResponse
        do throws(FetchError) {
            response = try await fetcher.send(request)
        } catch {
            throw Fault(
                error.code == .cancelled ? .cancelled : .serviceUnavailable, code: "E_EMBEDDER",
                "The embedding server cannot be reached: \(error.description)", isTransient: error.isRetryable)
        }
        guard response.status == 200 else {
            throw Fault(
                .serviceUnavailable, code: "E_EMBEDDER", "The embedding server answered with status \(response.status).",
                hint: response.status == 401 ? "Check PORTOLAN_EMBEDDER_KEY." : nil,
                isTransient: response.status == 429 || response.status >= 500)
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(response.body)), reply.data.count == texts.count else {
            throw Fault(.model, code: "E_EMBEDDER", "The embedding server's answer does not fit the request.")
        }
        var vectors = [[Float]](repeating: [], count: texts.count)
        for entry in reply.data where vectors.indices.contains(entry.index) { vectors[entry.index] = Self.normalized(entry.embedding) }
        guard vectors.allSatisfy({ $0.count == profile.dimension }) else {
            throw Fault(
                .model, code: "E_EMBEDDING_DIMENSION",
                "The embedding server returned \(vectors.first?.count ?? 0) numbers to a vector.", limit: "\(profile.dimension)",
                hint: "Set PORTOLAN_EMBEDDER_DIMENSION to what the model gives.")
        }
        return vectors
    }

    private static func truncated(_ text: String, bytes: Int) -> String {
        text.utf8.count <= bytes ? text : String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
    }

    private static func normalized(_ vector: [Float]) -> [Float] {
        let norm = vector.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? vector.map { $0 / norm } : vector
    }
}
