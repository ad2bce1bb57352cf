import Domain
import FoundationEssentials

/// Finds everything that is shared with the integration, below the root if there is one.
struct NotionListing {
    /// Items at most.
    static let maximumItems = 100_000

    /// What becomes a page.
    struct Entry: Sendable {
        let item: NotionAnswers.Item
        let url: SiteURL
        /// Changes with every edit.
        let validator: String
    }

    private let api: NotionAPI
    private let root: NotionID?
    private var items: [NotionID: NotionAnswers.Item] = [:]
    /// Whether something lies below the root, as far as it is known.
    private var inside: [NotionID: Bool] = [:]

    init(_ api: NotionAPI, root: NotionID?) { (self.api, self.root) = (api, root) }

    /// Reads the whole list.
    ///
    /// - Parameter now: the wall clock: Notion tells edits by the minute, so one of the last minutes may be followed by another that looks
    ///   the same. Such a page gets a validator that is never seen again.
    /// - Returns: pages and data sources that are not in the trash, by address.
    mutating func read(now: Date) async throws -> [Entry] {
        try await list()
        // Pages that were edited while the list was read have moved to its front.
        try await list(untilKnown: true)
        var present: [NotionAnswers.Item] = []
        for item in items.values.sorted(by: { $0.id < $1.id }) where !item.isGone {
            if try await isInside(item) { present.append(item) }
        }
        var rows: [NotionID: (count: Int, newest: String)] = [:]
        for item in present {
            guard item.object == "page", let source = item.parent.data_source_id else { continue }
            let known = rows[source] ?? (0, "")
            rows[source] = (known.count + 1, max(known.newest, item.last_edited_time))
        }
        var taken: Set<NotionID> = []
        return present.compactMap { item in
            let edited = max(item.last_edited_time, rows[item.id]?.newest ?? "")
            var validator = item.object == "page" ? edited : "\(edited) \(rows[item.id]?.count ?? 0)"
            if !Self.isSettled(edited, now: now) { validator += "~\(Int(now.timeIntervalSince1970))" }
            // People know a database by its own identifier; further data sources of it have theirs.
            var id = item.id
            if item.object != "page", let database = item.parent.database_id, taken.insert(database).inserted { id = database }
            return NotionLocation.page(id).map { Entry(item: item, url: $0, validator: validator) }
        }.sorted { $0.url.path < $1.url.path }
    }

    /// What tells the present state of a workspace from another: the newest edit.
    static func cursor(_ api: NotionAPI, now: Date) async throws -> String {
        guard let newest = try await api.search(after: nil, size: 1).results.first else { return "empty" }
        let state = "\(newest.last_edited_time) \(newest.id)"
        return isSettled(newest.last_edited_time, now: now) ? state : "\(state) \(Int(now.timeIntervalSince1970))"
    }

    private mutating func list(untilKnown: Bool = false) async throws {
        var cursor: String?
        repeat {
            let list = try await api.search(after: cursor)
            var isKnown = list.results.isEmpty
            for item in list.results where item.object == "page" || item.object == "data_source" {
                if items.updateValue(item, forKey: item.id)?.last_edited_time == item.last_edited_time { isKnown = true }
            }
            guard items.count <= Self.maximumItems else {
                throw Fault(
                    .resourceExhausted, code: "E_LISTING_SIZE", "The workspace has too many pages.", field: "web_url",
                    limit: "\(Self.maximumItems) pages", hint: "Give the address of the page whose tree is wanted.")
            }
            if untilKnown, isKnown { return }
            cursor = try api.next(list.has_more, list.next_cursor, after: cursor)
        } while cursor != nil
    }

    /// Whether two minutes have passed since the edit: then a later one has another time.
    private static func isSettled(_ edited: String, now: Date) -> Bool {
        edited.prefix(16) < now.addingTimeInterval(-120).formatted(.iso8601).prefix(16)
    }

    // MARK: - Below the root

    private mutating func isInside(_ item: NotionAnswers.Item) async throws -> Bool {
        guard let root else { return true }
        var path: [NotionID] = [item.id]
        var place: (NotionAnswers.Parent?) = item.database_parent ?? item.parent
        // The database of a data source is a root that people know.
        var result = item.id == root || item.parent.database_id == root ? true : inside[item.id]
        while result == nil {
            guard let parent = place, let id = parent.page_id ?? parent.data_source_id ?? parent.block_id, path.count < 100 else {
                result = false
                break
            }
            if id == root || parent.database_id == root { result = true } else { result = inside[id] }
            guard result == nil else { break }
            guard !path.contains(id) else {
                result = false
                break
            }
            path.append(id)
            if let known = items[id] {
                place = known.database_parent ?? known.parent
            } else if parent.page_id == id {
                // A page that is not shared: nothing is known of what it lies in.
                place = nil
            } else {
                let found = try await api.place(id, isDataSource: parent.data_source_id == id)
                place = found?.database_parent ?? found?.parent
            }
        }
        for id in path { inside[id] = result ?? false }
        return result ?? false
    }
}
