'use strict'

require('./launch').launch('post')
