import Domain
import MCP
import Primitives

/// Decides who hears of a publication: those who may see the documentation when it is told, whatever they could see when they asked to be told. A
/// token that has run out or was revoked in the meantime ends the streams that were opened with it.
final class PublicationAudience: Sendable {
    private struct Question: Hashable {
        let access: LibraryAccess
        let documentation: DocumentationID
    }

    private struct State {
        /// One question to the database for all streams of callers who may see the same.
        var answers: [Question: Task<Bool, any Error>] = [:]
        var gone: [(documentation: DocumentationID, library: String)] = []
    }

    /// Documentations that are gone and of which somebody may not have been told yet.
    private static let goneLimit = 1000

    private let documentations: any DocumentationStore
    private let authenticator: any Authenticator
    private let state = Locked(State())

    init(documentations: any DocumentationStore, authenticator: any Authenticator) {
        (self.documentations, self.authenticator) = (documentations, authenticator)
    }

    /// Must be called before `news` is told: what was found out before counts for it no more.
    func prepare(for news: PublicationNews) {
        state.withLock { state in
            state.answers = [:]
            guard let library = news.formerLibrary else { return }
            state.gone.append((news.documentation, library))
            if state.gone.count > Self.goneLimit { state.gone.removeFirst() }
        }
    }

    func verdict(_ principal: Principal, _ change: ServerChange) async -> Audience<Principal>.Verdict {
        // What cannot be found out is not told: the client finds it in its next list.
        guard let isCurrent = try? await authenticator.isCurrent(principal) else { return .withheld }
        guard isCurrent else { return .ended }
        let uri: String
        switch change {
        case .tools, .prompts, .resources: return .told
        case .resource(let address), .resourcesUnder(let address), .resourcesListed(let address): uri = address
        }
        if principal.access == .all { return .told }
        guard let documentation = SectionURI(uri)?.documentation else { return .withheld }
        let question = Question(access: principal.access, documentation: documentation)
        return (try? await answer(question).value) == true ? .told : .withheld
    }

    private func answer(_ question: Question) -> Task<Bool, any Error> {
        state.withLock { state in
            if let known = state.answers[question] { return known }
            let library = state.gone.last { $0.documentation == question.documentation }?.library
            // Not a child of the caller: others wait for the same answer, and a stream that ends must not end it for them.
            let task = Task { [documentations] in
                try await documentations.isVisible(question.documentation, formerLibrary: library, access: question.access)
            }
            state.answers[question] = task
            return task
        }
    }
}
