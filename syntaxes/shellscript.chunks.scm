(function_definition name: (_) @name) @function
(program (variable_assignment name: (_) @name) @constant.minor)
(program (declaration_command (variable_assignment name: (_) @name)) @constant.minor)
((command name: (command_name) @_define . argument: [(string) (raw_string)] @name) @function (#eq? @_define "@test"))
