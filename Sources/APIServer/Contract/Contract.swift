import Hummingbird

/// What the API's description says of a route.
struct Contract: Sendable {
    /// The groups of the description.
    enum Tag: String, Sendable, CaseIterable {
        case documentation, search, ingestion, sources, artifacts, gateway, operations, webhooks

        var note: String {
            switch self {
            case .documentation: "Libraries, documentations, their sections and trees."
            case .search: "Finding sections by words and meaning."
            case .ingestion: "Asking for ingestion and following jobs."
            case .sources: "Where documentations are fetched from, and when."
            case .artifacts: "The catalog of files that were taken in whole, such as archives."
            case .gateway: "The same retrieval in the form that agent frameworks without MCP expect."
            case .operations: "What the service says about itself."
            case .webhooks: "Notices of the providers."
            }
        }
    }

    /// Name of the operation, unique.
    let id: String
    let tag: Tag
    /// One line for people.
    let summary: String
    var parameters: [ParameterDeclaration]
    /// Status of the reply when all goes well.
    let status: Int
    /// What that reply carries; nil for no body.
    let output: (any (Decodable & Sendable).Type)?
    /// Media types of the reply beside JSON.
    var media: [String] = []
    /// Names of headers that only this reply has, with their meaning.
    var headers: [(name: String, note: String)] = []
    /// Statuses of refusals that do not follow from the parameters.
    var problems: Set<Int> = []
}

/// The part of a contract that is not read off the types.
struct Operation: Sendable {
    let id: String
    let tag: Contract.Tag
    let summary: String
    var media: [String] = []
    var problems: Set<Int> = []

    init(_ id: String, _ tag: Contract.Tag, _ summary: String, media: [String] = [], problems: Set<Int> = []) {
        (self.id, self.tag, self.summary, self.media, self.problems) = (id, tag, summary, media, problems)
    }
}

/// A reply without a body.
struct Nothing: Sendable, Codable {}

/// What a route answers with: a value that becomes JSON, and headers.
struct Answer<Output: Codable & Sendable>: Sendable {
    enum Content: Sendable {
        case value(Output)
        /// Another form of the same, which the operation's `media` names.
        case text(String, type: String)
    }

    let content: Content
    var headers: HTTPFields = [:]

    init(_ value: Output, headers: HTTPFields = [:]) { (content, self.headers) = (.value(value), headers) }

    init(text: String, type: String) { content = .text(text, type: type) }
}

extension Answer where Output == Nothing {
    /// No content.
    static var nothing: Answer { Answer(Nothing()) }
}

/// A reply whose bytes are known, so that it can be kept and given again.
struct Rendered: Sendable, Hashable {
    var status: Int
    var headers: HTTPFields
    var body: [UInt8]

    /// The reply for the server.
    var response: Response {
        Response(
            status: .init(code: status), headers: headers, body: body.isEmpty ? .init() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
