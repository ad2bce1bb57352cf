import FoundationEssentials
import Primitives

/// A workspace behind the parts of Notion's API that a reader uses, as an answer for the ``LoopbackHTTPServer``: search, blocks, data sources, cursors,
/// refusals, with the shapes of Notion's published examples.
package final class NotionStandIn: Sendable {
    /// What the server does beside answering.
    package struct Behavior: Sendable {
        /// Results in one answer at most.
        package var pageSize = 100
        /// Answers to give instead, once each and in order, for requests whose path contains the text.
        package var instead: [(path: String, response: HTTPServerResponse)] = []

        package init() {}
    }

    private struct Item: Sendable {
        let isPage: Bool
        var title: String
        var parent: String
        var properties: String
        var blocks: String
        var edited: String
        var isGone = false
    }
    private struct State: Sendable {
        var items: [String: Item] = [:]
        /// Blocks inside of other blocks, as JSON.
        var children: [String: String] = [:]
        var minutes = 0
        var behavior = Behavior()
    }

    private let token: String
    private let state = Locked(State())

    /// - Parameter token: what requests must bring.
    package init(token: String = "ntn_test") { self.token = token }

    /// Changes what the server does.
    package func behave(_ change: @Sendable (inout Behavior) -> Void) { state.withLock { change(&$0.behavior) } }

    /// The identifier of number `number`, with dashes.
    package static func id(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return "393abc1e-edcd-80f3-813b-" + String(repeating: "0", count: 12 - text.count) + text
    }

    /// Saves a page, a minute after the last edit.
    ///
    /// - Parameters:
    ///   - parent: JSON of the parent; the workspace unless given.
    ///   - properties: members of `properties` beside the title, as JSON with a comma before each.
    ///   - blocks: JSON of the blocks, separated by commas.
    package func save(page number: Int, title: String, parent: String? = nil, properties: String = "", blocks: String = "") {
        save(number, Item(isPage: true, title: title, parent: parent ?? Self.workspace, properties: properties, blocks: blocks, edited: ""))
    }

    /// Saves a data source of the database with the next number.
    package func save(dataSource number: Int, title: String, parentPage: Int, properties: String = "") {
        let parent =
            #"{"type":"database_id","database_id":"\#(Self.id(number + 1))"},"# + #""database_parent":\#(Self.parent(page: parentPage))"#
        save(number, Item(isPage: false, title: title, parent: parent, properties: properties, blocks: "", edited: ""))
    }

    /// Saves the blocks inside of another.
    package func save(blocks: String, inside number: Int) { state.withLock { $0.children[Self.id(number)] = blocks } }

    /// Moves to the trash.
    package func trash(_ number: Int) { state.withLock { $0.items[Self.id(number)]?.isGone = true } }

    /// Sets the time of the last edit, such as `2024-05-01T10:00:00.000Z`.
    package func set(edited: String, of number: Int) { state.withLock { $0.items[Self.id(number)]?.edited = edited } }

    package static let workspace = #"{"type":"workspace","workspace":true}"#
    package static func parent(page number: Int) -> String { #"{"type":"page_id","page_id":"\#(id(number))"}"# }
    package static func parent(block number: Int) -> String { #"{"type":"block_id","block_id":"\#(id(number))"}"# }
    package static func parent(dataSource number: Int) -> String {
        #"{"type":"data_source_id","data_source_id":"\#(id(number))","database_id":"\#(id(number + 1))"}"#
    }

    /// A run of rich text.
    package static func text(_ text: String, annotations: String = "", href: String? = nil) -> String {
        let link = href.map { #""\#($0)""# } ?? "null"
        let base = #""bold":false,"italic":false,"strikethrough":false,"underline":false,"code":false,"color":"default""#
        return #"{"type":"text","text":{"content":"\#(text)","link":null},"annotations":{\#(annotations.isEmpty ? base : annotations)},"#
            + #""plain_text":"\#(text)","href":\#(link)}"#
    }

    /// A block. `payload` are the members of the field that is called like the type.
    package static func block(_ number: Int, _ type: String, _ payload: String, hasChildren: Bool = false) -> String {
        #"{"object":"block","id":"\#(id(number))","parent":{"type":"page_id"},"created_time":"2024-05-01T09:00:00.000Z","#
            + #""last_edited_time":"2024-05-01T09:00:00.000Z","has_children":\#(hasChildren),"in_trash":false,"archived":false,"#
            + #""type":"\#(type)","\#(type)":{\#(payload)}}"#
    }

    /// A block whose payload is text alone.
    package static func block(_ number: Int, _ type: String, text: String, hasChildren: Bool = false) -> String {
        block(number, type, #""rich_text":[\#(Self.text(text))],"color":"default""#, hasChildren: hasChildren)
    }

    /// Notion's answer.
    package func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
        state.withLock { state in
            if let index = state.behavior.instead.firstIndex(where: { request.target.contains($0.path) }) {
                return state.behavior.instead.remove(at: index).response
            }
            guard request["authorization"] == "Bearer \(token)" else {
                return Self.refusal("unauthorized", "API token is invalid.", status: 401)
            }
            guard request["notion-version"] == "2025-09-03" else {
                return Self.refusal("missing_version", "Notion-Version header should be defined.", status: 400)
            }
            return answer(request, state)
        }
    }

    private func save(_ number: Int, _ item: Item) {
        state.withLock { state in
            state.minutes += 1
            var item = item
            let hour = state.minutes / 60 % 24
            let minute = state.minutes % 60
            item.edited = "2024-05-\(state.minutes / 1440 + 10)T\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute):00.000Z"
            state.items[Self.id(number)] = item
        }
    }

    private func answer(_ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.count > 1 ? parts[1] : "", parts.count) {
        case ("POST", "search", 2):
            let sorted = state.items.filter { !$0.value.isGone }.sorted { ($0.value.edited, $0.key) > ($1.value.edited, $1.key) }
            return list(sorted.map { ($0.key, json($0.key, $0.value)) }, request, state, type: "page_or_data_source")
        case ("POST", "data_sources", 4):
            let rows = state.items.filter {
                !$0.value.isGone && $0.value.isPage && $0.value.parent.contains(#""data_source_id":"\#(parts[2])""#)
            }
            guard state.items[parts[2]]?.isGone == false else { break }
            return list(
                rows.sorted { $0.key < $1.key }.map { ($0.key, json($0.key, $0.value)) }, request, state, type: "page_or_data_source")
        case ("GET", "blocks", 4):
            guard let blocks = state.items[parts[2]].map({ $0.isGone ? nil : $0.blocks }) ?? state.children[parts[2]] else { break }
            return list(Self.split(blocks), request, state, type: "block")
        case ("GET", "blocks", 3):
            for (id, item) in state.items where item.blocks.contains(#""id":"\#(parts[2])""#) {
                return .json(
                    #"{"object":"block","id":"\#(parts[2])","parent":{"type":"page_id","page_id":"\#(id)"},"type":"column","column":{}}"#)
            }
        default: break
        }
        return Self.refusal(
            "object_not_found",
            "Could not find object. Make sure the relevant pages and databases are shared with your integration.", status: 404)
    }

    private func list(_ all: [(id: String, json: String)], _ request: HTTPServerRequest, _ state: State, type: String) -> HTTPServerResponse
    {
        let body = (try? JSONDecoder().decode(Query.self, from: Data(request.body))) ?? Query()
        let query = (request.query ?? "").split(separator: "&").map { $0.split(separator: "=") }
        let start = body.start_cursor ?? query.first { $0.first == "start_cursor" }.map { String($0[1]) }
        let size = min(body.page_size ?? query.first { $0.first == "page_size" }.flatMap { Int($0[1]) } ?? 100, state.behavior.pageSize)
        var first = 0
        if let start {
            guard let index = all.firstIndex(where: { $0.id == start }) else {
                return Self.refusal("validation_error", "The start_cursor provided is invalid: \(start)", status: 400)
            }
            first = index
        }
        let page = all[first..<min(all.count, first + size)]
        let next = page.endIndex < all.count ? "\"\(all[page.endIndex].id)\"" : "null"
        return .json(
            #"{"object":"list","results":[\#(page.map(\.json).joined(separator: ","))],"next_cursor":\#(next),"#
                + #""has_more":\#(next != "null"),"type":"\#(type)","\#(type)":{},"request_id":"572db118-b5fe-43e2-aa79-99e8d4f07cac"}"#)
    }

    private struct Query: Decodable {
        var page_size: Int?
        var start_cursor: String?
    }

    private func json(_ id: String, _ item: Item) -> String {
        let title = item.title.isEmpty ? "[]" : "[\(Self.text(item.title))]"
        let times = #""created_time":"2024-05-01T09:00:00.000Z","last_edited_time":"\#(item.edited)""#
        let flags =
            #""in_trash":false,"is_archived":false,"archived":false,"parent":\#(item.parent),"url":"https://app.notion.com/p/\#(id)""#
        if item.isPage {
            return
                #"{"object":"page","id":"\#(id)",\#(times),\#(flags),"properties":{"Title":{"id":"title","type":"title","title":\#(title)}\#(item.properties)}}"#
        }
        return #"{"object":"data_source","id":"\#(id)",\#(times),\#(flags),"title":\#(title),"description":[],"#
            + #""properties":{"Title":{"id":"title","name":"Title","type":"title","title":{}}\#(item.properties)}}"#
    }

    /// The blocks of a text in which each begins as ``block(_:_:_:hasChildren:)`` writes it.
    private static func split(_ blocks: String) -> [(id: String, json: String)] {
        let mark = #"{"object":"block","id":""#
        return blocks.replacing("," + mark, with: "\n" + mark).split(separator: "\n").map { text in
            (String(text.dropFirst(mark.count).prefix(36)), String(text))
        }
    }

    private static func refusal(_ code: String, _ message: String, status: Int) -> HTTPServerResponse {
        .json(#"{"object":"error","status":\#(status),"code":"\#(code)","message":"\#(message)","request_id":"6b"}"#, status: status)
    }
}
