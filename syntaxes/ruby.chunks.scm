(class name: (_) @name) @class
(module name: (_) @name) @class
(program (method name: (_) @name) @function)
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(program (assignment left: (constant) @name) @constant.minor)
(body_statement (assignment left: (constant) @name) @constant.minor)
((call method: (identifier) @_define arguments: (argument_list . (simple_symbol) @name) block: (_)) @method
  (#match? @_define "^(define_method|scope|task)$"))
((call method: (identifier) @_define arguments: (argument_list . (string) @name) block: (_)) @function
  (#match? @_define "^(it|test|specify|should)$"))
((call method: (identifier) @_define arguments: (argument_list . [(string) (constant) (scope_resolution)] @name) block: (_)) @scope
  (#match? @_define "^(describe|context)$"))
