'use strict'

require('./launch').launch('main')
