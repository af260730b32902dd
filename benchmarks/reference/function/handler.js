/**
 * One module of commands, written against the reference's public interface: an item is published by
 * POST /api/items, and all that follows is the reference's own.
 */
'use strict'

require('reflect-metadata')

const { Body, Controller, Module, Post } = require('@nestjs/common')
const {
  CommandModule,
  CommandService,
  VERSION_FIRST,
  createHandler,
  getCommandSource,
} = require('@mbc-cqrs-serverless/core')

const MODULE = 'bench'

class Items {
  constructor(commands) {
    this.commands = commands
  }

  /** Publish an item's next version: `{tenant, id, version, attributes}`, version of the last one. */
  publish({ tenant, id, version = VERSION_FIRST, attributes }) {
    const item = {
      pk: `NOTE#${tenant}`,
      sk: id,
      id: `NOTE#${tenant}#${id}`,
      code: id,
      name: id,
      version,
      tenantCode: tenant,
      type: 'NOTE',
      attributes,
    }
    const source = getCommandSource(MODULE, Items.name, 'publish')
    return this.commands.publishAsync(item, { source, invokeContext: {} })
  }
}

// Decorators of TypeScript, applied as its compiler does, so that nothing is to be compiled.
Reflect.defineMetadata('design:paramtypes', [CommandService], Items)
Reflect.defineMetadata('design:paramtypes', [Object], Items.prototype, 'publish')
Body()(Items.prototype, 'publish', 0)
Post('items')(
  Items.prototype,
  'publish',
  Object.getOwnPropertyDescriptor(Items.prototype, 'publish'),
)
Controller()(Items)

class BenchModule {}
Module({
  imports: [CommandModule.register({ tableName: MODULE })],
  controllers: [Items],
})(BenchModule)

exports.handler = createHandler({ rootModule: BenchModule })
