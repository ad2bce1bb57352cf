import Digests
import Domain
import Hummingbird

/// Answers a request that comes again under one key as it was answered the first time.
struct IdempotentReplies: Sendable {
    let store: any IdempotencyStore

    func answer(_ call: Call, _ key: String, template: String, _ work: Route.Renderer) async throws -> Rendered {
        let path = call.head.path ?? ""
        let name = IdempotencyKey(subject: call.principal.subject, operation: "\(call.head.method.rawValue) \(template)", key: key)
        var digest = SHA256()
        digest.update(path)
        digest.update([0])
        digest.update(call.body)
        // A reply is for those who may see what it shows: with other rights it is another request.
        if let rights = call.access.fingerprint {
            digest.update([0])
            digest.update(rights)
        }
        switch try await store.take(name, digest: digest.finalize()) {
        case .proceed: break
        case .replay(let kept):
            var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
            headers[.location] = kept.location
            return Rendered(status: kept.status, headers: headers, body: kept.body)
        case .running:
            throw Fault(
                .conflict, code: "E_IDEMPOTENCY_RUNNING", "A request with this key is being done.", field: "Idempotency-Key",
                hint: "Ask again in a moment.", isTransient: true)
        case .mismatch:
            throw Fault(
                .conflict, code: "E_IDEMPOTENCY_KEY", "The key was used for another request.", field: "Idempotency-Key",
                hint: "Use a new key for a new request.")
        }
        do {
            let reply = try await work(call)
            try await store.keep(
                name, reply: KeptReply(status: reply.status, location: reply.headers[.location], body: reply.body))
            return reply
        } catch {
            // The key is given back also for a client that has gone: a cancelled task would not get that far.
            await Task { try? await store.release(name) }.value
            throw error
        }
    }
}

extension Route {
    /// The same route, whose replies are kept under the request's idempotency key.
    func idempotent(_ replies: IdempotentReplies) -> Route {
        guard let contract, let render else { preconditionFailure("\(template) has no contract") }
        let template = template
        return Route(method, template, access, contract: contract) { call in
            guard let key = try Parameter<String?>.idempotencyKey.read(call) else { return try await render(call) }
            return try await replies.answer(call, key, template: template, render)
        }
    }
}
