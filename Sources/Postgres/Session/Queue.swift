/// First in, first out, with constant-time ends.
struct Queue<Element> {
    private var storage: [Element?] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { count == 0 }

    /// The oldest element.
    var first: Element? {
        get { isEmpty ? nil : storage[head] }
        set { if !isEmpty, let newValue { storage[head] = newValue } }
    }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func prepend(_ element: Element) {
        if head > 0 {
            head -= 1
            storage[head] = element
        } else {
            storage.insert(element, at: 0)
        }
    }

    @discardableResult
    mutating func removeFirst() -> Element? {
        guard !isEmpty else { return nil }
        defer {
            storage[head] = nil
            head += 1
            if head == storage.count {
                storage.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 64, head * 2 > storage.count {
                storage.removeFirst(head)
                head = 0
            }
        }
        return storage[head]
    }

    /// Removes and returns what `isWanted` chooses, oldest first.
    mutating func removeAll(where isWanted: (Element) -> Bool = { _ in true }) -> [Element] {
        let all = storage[head...].compactMap(\.self)
        storage = all.filter { !isWanted($0) }
        head = 0
        return all.filter(isWanted)
    }

    /// Changes every element in place, oldest first.
    mutating func forEach(_ body: (inout Element) -> Void) {
        for index in head..<storage.count {
            guard var element = storage[index] else { continue }
            body(&element)
            storage[index] = element
        }
    }
}
