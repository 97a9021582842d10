import 'package:flutter/material.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {
  await SentryFlutter.init((options) {
    // Release, dist, environment and DSN come as dart-defines. Whatever is set here in code
    // would win over them, so none of the four is.
    options.tracesSampleRate = 0.1;

    // A run without defines, as on a laptop, is to report nothing rather than to crash.
    options.dsn ??= '';
  }, appRunner: () => runApp(SentryWidget(child: const ShopApp())));
}

class ShopApp extends StatelessWidget {
  const ShopApp({super.key});

  @override
  Widget build(BuildContext context) {
    return MaterialApp(
      title: 'Shop',
      theme: ThemeData(colorSchemeSeed: Colors.deepPurple),
      // On the web, sessions are counted by navigation: it takes an observer that is made after
      // SentryFlutter.init, and a first route that is called `/`.
      navigatorObservers: [SentryNavigatorObserver()],
      home: const ShelfPage(),
    );
  }
}

class Product {
  const Product(this.name, this.cents);

  final String name;
  final int cents;
}

String price(int cents) => '€ ${(cents / 100).toStringAsFixed(2)}';

const shelf = [
  Product('Teapot', 3490),
  Product('Cup', 890),
  Product('Strainer', 650),
];

class ShelfPage extends StatefulWidget {
  const ShelfPage({super.key});

  @override
  State<ShelfPage> createState() => _ShelfPageState();
}

class _ShelfPageState extends State<ShelfPage> {
  final _basket = <Product>[];

  @override
  Widget build(BuildContext context) {
    return Scaffold(
      appBar: AppBar(
        title: const Text('Shop'),
        actions: [
          TextButton.icon(
            onPressed: _basket.isEmpty ? null : _checkOut,
            icon: const Icon(Icons.shopping_basket),
            label: Text('${_basket.length}'),
          ),
        ],
      ),
      body: ListView(
        children: [
          for (final product in shelf)
            ListTile(
              title: Text(product.name),
              subtitle: Text(price(product.cents)),
              trailing: const Icon(Icons.add),
              onTap: () => setState(() => _basket.add(product)),
            ),
        ],
      ),
    );
  }

  void _checkOut() {
    Navigator.of(context).push(
      MaterialPageRoute<void>(
        settings: const RouteSettings(name: '/checkout'),
        builder: (_) => CheckoutPage(basket: [..._basket]),
      ),
    );
  }
}

class CheckoutPage extends StatelessWidget {
  const CheckoutPage({required this.basket, super.key});

  final List<Product> basket;

  @override
  Widget build(BuildContext context) {
    final total = basket.fold(0, (sum, product) => sum + product.cents);
    return Scaffold(
      appBar: AppBar(title: const Text('Checkout')),
      body: Center(
        child: FilledButton(
          // The payment is still to come; until then this is what an error looks like in Sentry.
          onPressed: () => throw UnimplementedError('payment'),
          child: Text('Pay ${price(total)}'),
        ),
      ),
    );
  }
}
