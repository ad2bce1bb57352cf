import Domain
import Fetch
import FoundationEssentials
import Models
import Primitives
import TestSupport
import Testing

@Suite struct `The OpenAI embedder` {
    private struct Request: Decodable {
        let model: String
        let input: [String]
        let encoding_format: String
    }

    /// Runs `body` with an embedder of 3 dimensions on a server that `answer` plays.
    private func withEmbedder(
        key: String? = "secret", _ answer: @escaping LoopbackHTTPServer.Handler,
        body: (OpenAIEmbedder, LoopbackHTTPServer) async throws -> Void
    ) async throws {
        try await LoopbackHTTPServer.withServer(handler: answer) { server in
            let configuration = OpenAIEmbedder.Configuration(
                baseURL: "\(server.url)/v1", model: "m-1", key: key.map { Redacted($0) }, dimension: 3, tokenLimit: 10)
            try await body(OpenAIEmbedder(configuration, fetcher: try HTTPFetcher()), server)
        }
    }

    @Test func `Vectors come back in the order of the texts, at length 1`() async throws {
        try await withEmbedder { _ in
            .json(
                """
                {"object": "list", "model": "m-1", "usage": {"prompt_tokens": 4}, "data": [
                  {"object": "embedding", "index": 1, "embedding": [0, 3, 4]}, {"object": "embedding", "index": 0, "embedding": [2, 0, 0]}]}
                """)
        } body: { embedder, server in
            let vectors = try await embedder.embed(["one", "two"], purpose: .passage)
            #expect(vectors == [[1, 0, 0], [0, 0.6, 0.8]])
            let request = try #require(server.requests.first)
            #expect(request.method == "POST" && request.path == "/v1/embeddings" && request["authorization"] == "Bearer secret")
            #expect(request["content-type"] == "application/json")
            let sent = try JSONDecoder().decode(Request.self, from: Data(request.body))
            #expect(sent.model == "m-1" && sent.input == ["one", "two"] && sent.encoding_format == "float")
            #expect(embedder.profile == EmbeddingProfile(model: "m-1", revision: "\(server.url)/v1", dimension: 3, tokenLimit: 10))
            #expect(try await embedder.embed([], purpose: .query) == [] && server.requests.count == 1)
        }
    }

    @Test func `Texts are cut to the limit, and empty ones are not sent empty`() async throws {
        try await withEmbedder(key: nil) { _ in
            .json("{\"data\": [{\"index\": 0, \"embedding\": [1, 0, 0]}, {\"index\": 1, \"embedding\": [1, 0, 0]}]}")
        } body: { embedder, server in
            _ = try await embedder.embed([String(repeating: "x", count: 100), ""], purpose: .passage)
            let request = try #require(server.requests.first)
            #expect(request["authorization"] == nil)
            #expect(try JSONDecoder().decode(Request.self, from: Data(request.body)).input == [String(repeating: "x", count: 30), " "])
            #expect(embedder.tokenCount("1234567") == 3)
        }
    }

    @Test(arguments: [(401, false), (400, false), (404, false), (429, true), (500, true), (503, true)])
    func `A status becomes a fault that says whether to try again`(_ status: Int, _ isTransient: Bool) async throws {
        try await withEmbedder { _ in
            .json("{\"error\": {\"message\": \"secret\"}}", status: status)
        } body: { embedder, _ in
            let fault = await #expect(throws: Fault.self) { try await embedder.embed(["a"], purpose: .query) }
            #expect(fault?.code == "E_EMBEDDER" && fault?.isTransient == isTransient)
            #expect(fault?.description.contains("\(status)") == true && fault?.description.contains("secret") == false)
            #expect((status == 401) == (fault?.hint?.contains("PORTOLAN_EMBEDDER_KEY") == true))
        }
    }

    @Test(arguments: [
        ("{\"data\": [{\"index\": 0, \"embedding\": [1, 2]}]}", "E_EMBEDDING_DIMENSION"),
        ("{\"data\": [{\"index\": 7, \"embedding\": [1, 2, 3]}]}", "E_EMBEDDING_DIMENSION"),
        ("{\"data\": []}", "E_EMBEDDER"), ("{}", "E_EMBEDDER"), ("<html>", "E_EMBEDDER"), ("", "E_EMBEDDER"),
        ("{\"data\": [{\"index\": 0, \"embedding\": [1, \"x\", 3]}]}", "E_EMBEDDER"),
        ("{\"data\": [{\"index\": 0, \"embedding\": [1, 2, 3]}, {\"index\": 1, \"embedding\": [1, 2, 3]}]}", "E_EMBEDDER"),
    ])
    func `An answer that does not fit is refused for good`(_ text: String, _ code: String) async throws {
        try await withEmbedder { _ in
            .json(text)
        } body: { embedder, _ in
            let fault = await #expect(throws: Fault.self) { try await embedder.embed(["a"], purpose: .passage) }
            #expect(fault?.code == code && fault?.category == .model && fault?.isTransient == false)
        }
    }

    @Test func `A server that is not there can be asked again`() async throws {
        let port = try await LoopbackHTTPServer.withServer(handler: { _ in .status(200) }) { $0.port }
        let embedder = OpenAIEmbedder(
            .init(baseURL: "http://127.0.0.1:\(port)/v1", model: "m", key: nil, dimension: 3, tokenLimit: 10), fetcher: try HTTPFetcher())
        let fault = await #expect(throws: Fault.self) { try await embedder.embed(["a"], purpose: .passage) }
        #expect(fault?.isTransient == true && fault?.category == .serviceUnavailable)
    }

    @Test func `A server that never answers is left after the time limit`() async throws {
        try await LoopbackHTTPServer.withServer { _ in
            try await neverAnswering()
            return .status(200)
        } body: { server in
            var configuration = OpenAIEmbedder.Configuration(
                baseURL: server.url, model: "m", key: nil, dimension: 3, tokenLimit: 10)
            configuration.timeout = .milliseconds(50)
            let embedder = OpenAIEmbedder(configuration, fetcher: try HTTPFetcher())
            let fault = await #expect(throws: Fault.self) { try await embedder.embed(["a"], purpose: .passage) }
            #expect(fault?.isTransient == true)
        }
    }
}

@Suite struct `The local embedder` {
    @Test func `It opens its model with the first text, and says what is missing`() async throws {
        try await withTemporaryDirectory { directory in
            let embedder = LocalEmbedder(modelDirectory: directory + "/none", lanes: 1)
            #expect(embedder.profile.dimension == 384 && embedder.profile.model == "all-MiniLM-L6-v2")
            #expect(embedder.instructionSet == nil && embedder.waitingTexts == 0)
            // Counting goes on by an estimate; the first batch tells the reason.
            #expect(embedder.tokenCount("12345678") == 2)
            let fault = await #expect(throws: Fault.self) { try await embedder.embed(["a"], purpose: .query) }
            #expect(fault?.code == "E_EMBEDDER" && fault?.isTransient == false && fault?.hint?.contains("PORTOLAN_MODEL_DIR") == true)
            #expect(throws: Fault.self) { try embedder.load() }
            embedder.shutDown()
        }
    }
}
