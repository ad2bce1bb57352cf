import FoundationEssentials
import Primitives

/// A site behind the parts of Confluence's APIs that a reader uses, as an answer for the ``LoopbackHTTPServer``: spaces, pages, labels, files,
/// cursors, refusals, with the shapes of the published examples. Cloud speaks the second API below `/wiki`, Data Center the first one below
/// `/confluence`.
package final class ConfluenceStandIn: Sendable {
    package enum Edition: Sendable { case cloud, dataCenter }

    /// What the server does beside answering.
    package struct Behavior: Sendable {
        /// Results in one answer at most.
        package var pageSize = 250
        /// Whether lists say where they go on in the `Link` header alone.
        package var linksInHeader = false
        /// Whether a wrong token is answered as if nobody had asked, as Cloud does, instead of refused.
        package var forgivesTokens = false
        /// Whether pages bring their labels when they are asked for.
        package var sendsLabels = true
        /// Answers to give instead, once each and in order, for requests whose path contains the text.
        package var instead: [(path: String, response: HTTPServerResponse)] = []

        package init() {}
    }

    struct Page: Sendable {
        var space: String
        var title: String
        var storage: String
        var labels: [String]
        var attachments: [String]
        var version: Int
        var status = "current"
    }
    struct State: Sendable {
        var spaces: [String: Int] = [:]
        var pages: [Int: Page] = [:]
        var behavior = Behavior()
        var milliseconds = 0
    }

    let edition: Edition
    private let authorization: String
    private let state: Locked<State>

    /// - Parameters:
    ///   - token: what requests must bring; in Cloud together with `account`.
    ///   - spaces: keys of the spaces there are.
    package init(
        _ edition: Edition = .cloud, account: String = "ada@example.org", token: String = "ATATT3xFfGF0", spaces: [String] = ["DOC"]
    ) {
        self.edition = edition
        authorization =
            edition == .cloud ? "Basic " + Data("\(account):\(token)".utf8).base64EncodedString() : "Bearer \(token)"
        let numbers = Dictionary(uniqueKeysWithValues: spaces.enumerated().map { ($0.element, 9001 + $0.offset) })
        state = Locked(State(spaces: numbers, milliseconds: Int(Date().timeIntervalSince1970 * 1000)))
    }

    /// What stands before the paths of the API, and before those that people follow.
    package var context: String { edition == .cloud ? "/wiki" : "/confluence" }

    /// Changes what the server does.
    package func behave(_ change: @Sendable (inout Behavior) -> Void) { state.withLock { change(&$0.behavior) } }

    /// Saves a page, in a new version if it is there.
    package func save(_ number: Int, title: String, _ storage: String = "<p>Text</p>", space: String = "DOC") {
        state.withLock { state in
            let old = state.pages[number]
            state.pages[number] = Page(
                space: space, title: title, storage: storage, labels: old?.labels ?? [], attachments: old?.attachments ?? [],
                version: (old?.version ?? 0) + 1)
        }
    }

    /// Sets the labels of a page, which makes no new version.
    package func label(_ number: Int, _ labels: [String]) { state.withLock { $0.pages[number]?.labels = labels } }

    /// Sets the files of a page, which makes no new version.
    package func attach(_ number: Int, _ files: [String]) { state.withLock { $0.pages[number]?.attachments = files } }

    /// Moves a page to another space.
    package func move(_ number: Int, to space: String) {
        state.withLock { state in
            state.pages[number]?.space = space
            state.pages[number]?.version += 1
        }
    }

    /// Gives a page another status: `trashed`, `archived`, `draft`, `current`.
    package func set(_ status: String, _ number: Int) { state.withLock { $0.pages[number]?.status = status } }

    /// Removes a page for good.
    package func remove(_ number: Int) { state.withLock { $0.pages[number] = nil } }

    /// Removes a space with its pages.
    package func remove(space: String) {
        state.withLock { state in
            state.spaces[space] = nil
            state.pages = state.pages.filter { $0.value.space != space }
        }
    }

    /// The body of a webhook about a page; each one differs by its time. In Cloud its name is in the address.
    package func webhook(_ event: String, _ number: Int) -> [UInt8] {
        state.withLock { state in
            state.milliseconds += 1
            let page = state.pages[number]
            let time = state.milliseconds
            let space = page?.space ?? "DOC"
            let link = "https://example.atlassian.net/wiki/spaces/\(space)/pages/\(number)"
            let body =
                edition == .cloud
                ? #"{"page":{"idAsString":"\#(number)","creatorAccountId":"712020:actor","spaceKey":"\#(space)","spaceId":\#(state.spaces[space] ?? 0),"#
                    + #""modificationDate":\#(time),"self":"\#(link)","id":\#(number),"title":\#(Self.text(page?.title ?? "")),"contentType":"page","#
                    + #""version":\#(page?.version ?? 1)},"userAccountId":"712020:actor","timestamp":\#(time),"accountType":"customer"}"#
                : #"{"timestamp":\#(time),"event":"\#(event)","userKey":"ff80808154510724015451074c160001","#
                    + #""page":{"id":\#(number),"spaceKey":"\#(space)","title":\#(Self.text(page?.title ?? "")),"version":\#(page?.version ?? 1)}}"#
            return Array(body.utf8)
        }
    }

    /// Confluence's answer.
    package func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
        state.withLock { state in
            if let index = state.behavior.instead.firstIndex(where: { request.target.contains($0.path) }) {
                return state.behavior.instead.remove(at: index).response
            }
            guard request["authorization"] == authorization else { return refused(request, state) }
            guard request.method == "GET", request.path.hasPrefix(context) else { return Self.missing }
            let path = request.path.dropFirst(context.count).split(separator: "/").map(String.init)
            return edition == .cloud ? cloud(path, request, state) : dataCenter(path, request, state)
        }
    }

    private func refused(_ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        guard state.behavior.forgivesTokens else {
            return .json(#"{"code":401,"message":"Unauthorized; the token has expired"}"#, status: 401)
        }
        var response = HTTPServerResponse.json(#"{"results":[],"_links":{"base":"https://example.atlassian.net/wiki"}}"#)
        response.headers.append(("x-seraph-loginreason", "AUTHENTICATED_FAILED"))
        return response
    }

    static let missing = HTTPServerResponse.json(
        #"{"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":null}]}"#, status: 404)

    /// `text` as JSON.
    static func text(_ text: String) -> String { (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\"" }
}
