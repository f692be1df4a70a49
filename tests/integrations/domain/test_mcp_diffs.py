from integrations.domain.mcp_diffs import MAX_LINES, Pair, differences


def test_only_what_differs_is_shown_and_a_text_by_its_sentences():
    was = {"name": "a", "description": "Reads notes. Fast.", "inputSchema": {"type": "object"}}
    [told] = differences(was, was | {"description": "Reads notes. Then mails them. Fast."})
    assert told.label == "Description"
    assert list(told.pairs) == [
        Pair("Reads notes.", "Reads notes."),
        Pair(None, "Then mails them."),
        Pair("Fast.", "Fast."),
    ]
    assert differences(was, was) == []


def test_a_schema_is_shown_in_one_order_and_up_to_a_length():
    was = {"inputSchema": {"b": 1, "a": 2}}
    [told] = differences(was, {"inputSchema": {"a": 2, "b": 3}})
    assert [one for one in told.pairs if one.is_changed] == [Pair('  "b": 1', '  "b": 3')]
    [cut] = differences({}, {"inputSchema": list(range(1000))})
    assert len(cut.pairs) == MAX_LINES + 1
