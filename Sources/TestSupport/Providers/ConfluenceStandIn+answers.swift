import FoundationEssentials

extension ConfluenceStandIn {
    // MARK: - Cloud

    func cloud(_ path: [String], _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        guard path.count >= 3, path[0] == "api", path[1] == "v2" else { return Self.missing }
        switch (path[2], path.count) {
        case ("spaces", 3):
            let keys = Self.value("keys", request)?.split(separator: ",").map(String.init)
            let spaces = state.spaces.filter { keys?.contains($0.key) ?? true }.sorted { $0.value < $1.value }
            return list(
                spaces.map { key, id in
                    (
                        id,
                        #"{"id":"\#(id)","key":"\#(key)","name":"\#(key)","type":"global","status":"current","_links":{"webui":"/spaces/\#(key)"}}"#
                    )
                }, request, state)
        case ("spaces", 5) where path[4] == "pages":
            guard let key = state.spaces.first(where: { String($0.value) == path[3] })?.key else { return Self.missing }
            return pages(state.pages.filter { $0.value.space == key }, request, state)
        case ("pages", 3): return pages(state.pages, request, state)
        case ("pages", 4):
            guard let number = Int(path[3]), let page = state.pages[number] else { return Self.missing }
            let withLabels = Self.value("include-labels", request) == "true" && state.behavior.sendsLabels
            return .json(row(number, page, state, text: Self.value("body-format", request) == "storage", withLabels: withLabels))
        case ("pages", 5):
            guard let number = Int(path[3]), let page = state.pages[number] else { return Self.missing }
            if path[4] == "labels" { return list(page.labels.enumerated().map { ($0.offset + 1, Self.label($0.element)) }, request, state) }
            guard path[4] == "attachments" else { return Self.missing }
            return list(
                page.attachments.enumerated().map { index, name in
                    (
                        index + 1,
                        #"{"id":"att\#(index)","status":"current","title":\#(Self.text(name)),"mediaType":"application/pdf","fileSize":2048,"#
                            + #""downloadLink":"/download/attachments/\#(number)/\#(index)"}"#
                    )
                }, request, state)
        default: return Self.missing
        }
    }

    private func pages(_ pages: [Int: Page], _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        let status = Self.value("status", request) ?? "current"
        let chosen = pages.filter { $0.value.status == status }.sorted { $0.key < $1.key }
        return list(chosen.map { ($0.key, row($0.key, $0.value, state)) }, request, state)
    }

    private func row(_ number: Int, _ page: Page, _ state: State, text: Bool = false, withLabels: Bool = false) -> String {
        let body = text ? #""storage":{"value":\#(Self.text(page.storage)),"representation":"storage"}"# : ""
        let labels =
            withLabels
            ? #","labels":{"results":[\#(page.labels.map(Self.label).joined(separator: ","))],"meta":{"hasMore":false},"_links":{}}"# : ""
        return
            #"{"id":"\#(number)","status":"\#(page.status)","title":\#(Self.text(page.title)),"spaceId":"\#(state.spaces[page.space] ?? 0)","#
            + #""parentId":null,"authorId":"712020:actor","createdAt":"2024-05-01T12:00:00Z","#
            + #""version":{"number":\#(page.version),"message":"","createdAt":"2024-05-01T12:00:00Z"},"body":{\#(body)}\#(labels),"#
            + #""_links":{"webui":"/spaces/\#(page.space)/pages/\#(number)/Title","tinyui":"/x/AbCd"}}"#
    }

    private static func label(_ name: String) -> String {
        let prefix = name.hasPrefix("my:") ? "my" : "global"
        return #"{"id":"1","name":\#(text(name)),"prefix":"\#(prefix)","_links":{}}"#
    }

    /// A list that goes on behind the number that the cursor hides.
    private func list(_ rows: [(id: Int, json: String)], _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        let after =
            Self.value("cursor", request).flatMap { Data(base64Encoded: $0) }.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        let size = min(Self.value("limit", request).flatMap { Int($0) } ?? 25, state.behavior.pageSize)
        let rest = rows.filter { $0.id > after }
        let page = rest.prefix(size)
        var headers = [("content-type", "application/json")]
        var next = ""
        if rest.count > page.count, let last = page.last {
            let cursor = Data(String(last.id).utf8).base64EncodedString().replacing("=", with: "%3D")
            let query = (request.query ?? "").split(separator: "&").filter { !$0.hasPrefix("cursor=") }.joined(separator: "&")
            let target = "\(request.path)?cursor=\(cursor)&\(query)"
            headers.append(("link", "<\(target)>; rel=\"next\", <https://example.atlassian.net/wiki>; rel=\"base\""))
            if !state.behavior.linksInHeader { next = #""next":"\#(target)","# }
        }
        let text =
            #"{"results":[\#(page.map(\.json).joined(separator: ","))],"_links":{\#(next)"base":"https://example.atlassian.net/wiki"}}"#
        return .bytes(Array(text.utf8), headers: headers)
    }

    // MARK: - Data Center

    func dataCenter(_ path: [String], _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        guard path.count >= 3, path[0] == "rest", path[1] == "api" else { return Self.missing }
        switch (path[2], path.count) {
        case ("space", 4):
            guard let id = state.spaces[path[3]] else {
                return .json(#"{"statusCode":404,"message":"No space with key : \#(path[3])","reason":"Not Found"}"#, status: 404)
            }
            return .json(#"{"id":\#(id),"key":"\#(path[3])","name":"\#(path[3])","type":"global"}"#)
        case ("content", 3):
            let key = Self.value("spaceKey", request)
            let chosen = state.pages.filter {
                (key == nil || $0.value.space == key) && $0.value.status == Self.value("status", request) ?? "current"
            }
            return window(chosen.sorted { $0.key < $1.key }.map { content($0.key, $0.value, request) }, request, state)
        case ("content", 4):
            guard let number = Int(path[3]), let page = state.pages[number] else { return Self.missing }
            return .json(content(number, page, request))
        case ("content", 6) where path[4] == "child" && path[5] == "attachment":
            guard let number = Int(path[3]), let page = state.pages[number] else { return Self.missing }
            let files = page.attachments.map { name in
                #"{"id":"att1","type":"attachment","status":"current","title":\#(Self.text(name)),"#
                    + #""extensions":{"mediaType":"application/pdf","fileSize":2048}}"#
            }
            return window(files, request, state)
        default: return Self.missing
        }
    }

    private func content(_ number: Int, _ page: Page, _ request: HTTPServerRequest) -> String {
        let expanded = (Self.value("expand", request) ?? "").split(separator: ",")
        var parts = [#""id":"\#(number)","type":"page","status":"\#(page.status)","title":\#(Self.text(page.title))"#]
        if expanded.contains("version") { parts.append(#""version":{"number":\#(page.version),"when":"2024-05-01T12:00:00.000Z"}"#) }
        if expanded.contains("space") { parts.append(#""space":{"id":1,"key":"\#(page.space)","name":"\#(page.space)"}"#) }
        if expanded.contains("body.storage") {
            parts.append(#""body":{"storage":{"value":\#(Self.text(page.storage)),"representation":"storage"}}"#)
        }
        if expanded.contains("metadata.labels") {
            let labels = page.labels.map(Self.label).joined(separator: ",")
            parts.append(#""metadata":{"labels":{"results":[\#(labels)],"start":0,"limit":200,"size":\#(page.labels.count)}}"#)
        }
        parts.append(#""_links":{"webui":"/display/\#(page.space)/Title","tinyui":"/x/AbCd"}"#)
        return "{" + parts.joined(separator: ",") + "}"
    }

    private func window(_ rows: [String], _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        let start = Self.value("start", request).flatMap { Int($0) } ?? 0
        let limit = min(Self.value("limit", request).flatMap { Int($0) } ?? 25, state.behavior.pageSize)
        let page = rows.dropFirst(start).prefix(limit)
        let next = start + page.count < rows.count ? #""next":"/rest/api/content?limit=\#(limit)&start=\#(start + page.count)","# : ""
        return .json(
            #"{"results":[\#(page.joined(separator: ","))],"start":\#(start),"limit":\#(limit),"size":\#(page.count),"#
                + #""_links":{\#(next)"base":"https://confluence.example.org/confluence","context":"/confluence"}}"#)
    }

    private static func value(_ name: String, _ request: HTTPServerRequest) -> String? {
        for part in (request.query ?? "").split(separator: "&") where part.hasPrefix(name + "=") {
            return String(part.dropFirst(name.count + 1)).replacing("%3D", with: "=").replacing("%2C", with: ",")
        }
        return nil
    }
}
