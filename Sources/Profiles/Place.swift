/// Where in a document a value stands: `rules`, 3, `paths`, 0.
typealias Place = [PlaceStep]

/// One step down in a document.
enum PlaceStep: Hashable {
    case key(String)
    /// Counted from 0.
    case index(Int)
}

extension PlaceStep: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .key(value) }
}

extension PlaceStep: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .index(value) }
}
