(stylesheet (rule_set (selectors) @name) @block.minor)
(stylesheet [(media_statement) (supports_statement) (at_rule)] @block.minor)
(keyframes_statement (keyframes_name) @name) @block.minor
(media_statement (block (rule_set (selectors) @name) @block.minor))
