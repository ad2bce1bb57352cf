extension GitHubStandIn {
    /// The commits from one back, newest first, in pages that the `Link` header tells.
    func commitList(_ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        guard let start = Self.value("sha", request), let number = Self.number(of: start, state) else {
            return Self.refusal("Not Found", status: 404)
        }
        let rows = stride(from: number, through: 1, by: -1).map { "{\(Self.commit($0, state))}" }
        return window(rows, request, state) { "[\($0)]" }
    }

    /// A part of `rows`, with the address of the next one.
    func window(
        _ rows: [String], _ request: HTTPServerRequest, _ state: State, _ write: (String) -> String
    ) -> HTTPServerResponse {
        let page = Self.value("page", request).flatMap { Int($0) } ?? 1
        let size = min(Self.value("per_page", request).flatMap { Int($0) } ?? 30, state.behavior.pageSize)
        let shown = rows.dropFirst((page - 1) * size).prefix(size)
        var headers = [("content-type", "application/json; charset=utf-8")]
        if page * size < rows.count, let host = request["host"] {
            let query = (request.query ?? "").split(separator: "&").filter { !$0.hasPrefix("page=") }.joined(separator: "&")
            let address = "http://\(host)\(request.path)?\(query)&page="
            headers.append(
                ("link", "<\(address)\(page + 1)>; rel=\"next\", <\(address)\((rows.count + size - 1) / size)>; rel=\"last\""))
        }
        return .bytes(Array(write(shown.joined(separator: ",")).utf8), headers: headers)
    }

    /// Members of a commit.
    static func commit(_ number: Int, _ state: State) -> String {
        let isFirst = number == 1 || (state.behavior.isRewritten && number == state.commits)
        let parents = isFirst ? "" : #"{"sha":"\#(hash("commit \(number - 1)"))","url":""}"#
        return #""sha":"\#(hash("commit \(number)"))","commit":{"message":"Commit \#(number)"},"parents":[\#(parents)]"#
    }

    static func number(of hash: String, _ state: State) -> Int? { (1...state.commits).first { self.hash("commit \($0)") == hash } }

    private static func value(_ name: String, _ request: HTTPServerRequest) -> String? {
        (request.query ?? "").split(separator: "&").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
