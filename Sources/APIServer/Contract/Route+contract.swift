import APIModel
import Hummingbird

extension Route {
    /// A route whose parameters, body and reply are declared: what the description of the API says is what is read and written.
    ///
    /// A GET that asks for a scope has an ETag and answers `If-None-Match`.
    ///
    /// - Parameters:
    ///   - operation: name, group and summary.
    ///   - parameters: what it reads, in the order in which `answer` gets it.
    ///   - status: of the reply when all goes well.
    ///   - location: whether the reply names the new thing in `Location`.
    ///   - answer: the work.
    init<each Value: Sendable, Output: Codable & Sendable>(
        _ method: HTTPRequest.Method, _ template: String, _ access: Access, _ operation: Operation,
        _ parameters: repeat Parameter<each Value>, gives status: Int = 200, location: Bool = false,
        answer: @escaping @Sendable (Call, repeat each Value) async throws -> Answer<Output>
    ) {
        var declarations: [ParameterDeclaration] = []
        repeat declarations.append((each parameters).declaration)
        var headers: [(String, String)] = []
        let isRead = method == .get && status == 200 && access != .open
        if isRead { headers.append(("ETag", "Names the state of what was read, for If-None-Match.")) }
        if location { headers.append(("Location", "Path of what was made.")) }
        let isEmpty = Output.self == Nothing.self
        let contract = Contract(
            id: operation.id, tag: operation.tag, summary: operation.summary, parameters: declarations, status: status,
            output: isEmpty ? nil : Output.self, media: operation.media, headers: headers, problems: operation.problems)
        let declared = (repeat each parameters)
        self.init(method, template, access, contract: contract) { call in
            let answer = try await answer(call, repeat (each declared).read(call))
            return try Self.rendered(answer, status: status, isRead: isRead, call)
        }
    }

    private static func rendered<Output>(_ answer: Answer<Output>, status: Int, isRead: Bool, _ call: Call) throws -> Rendered {
        var headers = answer.headers
        let body: [UInt8]
        switch answer.content {
        case .value(_ as Nothing): return Rendered(status: 204, headers: headers, body: [])
        case .value(let value):
            body = try WireJSON.encode(value)
            headers[.contentType] = "application/json"
        case .text(let text, let type):
            body = Array(text.utf8)
            headers[.contentType] = type
        }
        guard isRead else {
            headers[.cacheControl] = "no-store"
            return Rendered(status: status, headers: headers, body: body)
        }
        // Private and checked each time: what a token may read is not for a proxy to hand on.
        headers[.cacheControl] = "private, no-cache"
        let tag = EntityTag.of(body)
        headers[.eTag] = tag
        if let known = call.head.headerFields[.ifNoneMatch], EntityTag.matches(known, tag) {
            headers[.contentType] = nil
            return Rendered(status: 304, headers: headers, body: [])
        }
        return Rendered(status: status, headers: headers, body: body)
    }
}
